#include "tools/swarm/bot.hpp"

#include "schema/body_digest.hpp"
#include "schema/identity.hpp"
#include "tools/swarm/world.hpp"

#include <charconv>
#include <cstdio>
#include <random>
#include <span>
#include <utility>

namespace parley::swarm {

namespace {

using clock = std::chrono::steady_clock;

/// A text starts with the time of its send: nanoseconds in 16 digits.
constexpr size_t stamp_digits = 16;

/// Knuth's MMIX; of its numbers the upper bits are good.
using noise =
  std::linear_congruential_engine<uint64_t, 6364136223846793005, 1442695040888963407, 0>;

/// Letters without a pattern: what can be compressed would flatter the engine.
void fill(std::span<char> out, noise& from) {
  static constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  uint64_t bits = 0;
  for (size_t i = 0; i < out.size(); ++i, bits <<= 6) {
    if (i % 8 == 0)
      bits = from();
    out[i] = letters[bits >> 58];
  }
}

std::string make_text(size_t size, uint64_t number) {
  static thread_local noise random{std::random_device{}()};
  char head[40];
  auto now = clock::now().time_since_epoch().count();
  auto length =
    std::snprintf(head, sizeof head, "%016llx %llu ", static_cast<unsigned long long>(now),
                  static_cast<unsigned long long>(number));
  std::string result(head, static_cast<size_t>(length));
  auto begin = result.size();
  result.resize(std::max(size, begin));
  fill(std::span{result}.subspan(begin), random);
  return result;
}

std::optional<clock::time_point> stamp_of(std::string_view text) {
  uint64_t stamp = 0;
  auto end = text.data() + std::min(stamp_digits, text.size());
  if (std::from_chars(text.data(), end, stamp, 16).ptr != end)
    return std::nullopt;
  return clock::time_point{clock::duration{static_cast<clock::rep>(stamp)}};
}

uint64_t digest_of_event(const wire::event& x) {
  std::string all;
  for (auto name : x.members)
    all.append(name).append(" ");
  return digest_of(std::to_string(static_cast<int>(x.kind)), all);
}

checker::change kind_of(const wire::revision& x) {
  switch (x.kind) {
    case wire::revision_kind::edit:
      return checker::change::edit;
    case wire::revision_kind::recall:
      return checker::change::recall;
    default:
      return checker::change::reaction;
  }
}

client::options options_for(const options& run, const std::string& name, std::string token) {
  client::options result;
  result.nodes = run.nodes;
  result.tls = run.tls;
  result.name = name;
  result.create = token.empty();
  result.password = "password of " + name;
  result.token = std::move(token);
  result.agent = "parley-swarm";
  return result;
}

} // namespace

bot::bot(world& where, std::string name, std::string token)
    : world_(where), name_(std::move(name)), user_(user_of(name_)),
      client_(where.context, options_for(where.how, name_, std::move(token)), *this) {
  // nop
}

void bot::go_online() {
  client_.start();
}

void bot::go_offline() {
  client_.stop();
}

void bot::stumble() {
  client_.interrupt();
}

bool bot::send(flow& f) {
  auto text = make_text(world_.how.size, world_.counted.sent);
  wire::content what{{}, text};
  auto done = f.peer.empty() ? client_.send(f.to, what) : client_.send_to(f.peer, what);
  if (done.code != ec::none)
    return false;
  f.sent.push_back(clock::now());
  ++world_.counted.sent;
  world_.judge.invoked(device(), done.conversation, done.counter, digest_of({}, text));
  return true;
}

bool bot::send_file(conversation_id in, const file_ref& file) {
  auto extra = std::make_shared<wire::content_extra>();
  extra->thing = wire::file{"noise", "application/octet-stream", file.size, file.hash_bytes()};
  wire::content what{{}, {}, extra};
  auto digest = digest_of(what);
  auto done = client_.send(in, what);
  if (done.code != ec::none)
    return false;
  files_.emplace(in, done.counter);
  world_.judge.invoked(device(), in, done.counter, digest);
  return true;
}

void bot::revise(conversation_id in, uint64_t n) {
  auto& last = last_[in];
  wire::revision what{last.own, wire::revision_kind::edit, {{}, "edited"}};
  if (n % 8 == 7)
    what = {last.own, wire::revision_kind::recall};
  else if (n % 8 > 1)
    what = {
      last.other, n % 8 < 6 ? wire::revision_kind::react : wire::revision_kind::unreact, {}, "+1"};
  if (what.target == 0)
    return;
  auto digest = digest_of(what);
  auto done = client_.revise(in, what);
  if (done.code != ec::none)
    return;
  revisions_.emplace(in, done.counter);
  world_.judge.revises(device(), in, done.counter, digest,
                       {what.target, kind_of(what), digest_of(what.content)});
}

void bot::on_session(const wire::session&) {
  online_since_ = clock::now();
  world_.judge.belongs(device(), user_);
  world_.judge.connected(device());
  ++world_.counted.logins;
  if (std::exchange(was_in_, true))
    ++world_.counted.reconnects;
}

void bot::on_offline(std::string_view, std::chrono::milliseconds) {
  // nop
}

void bot::on_refused(const wire::error& why) {
  refused_ = true;
  ++world_.counted.errors[why.code];
  world_.say(name_ + " is refused: " + std::string{why.text});
}

void bot::on_repeated(const wire::message&) {
  ++world_.counted.repeated;
}

void bot::on_message(const wire::message& x) {
  ++delivered_;
  ++world_.counted.delivered;
  if (auto event = std::get_if<wire::event>(&x.body)) {
    world_.judge.delivered(device(), x.conversation, x.seq, x.device, 0, digest_of_event(*event));
    world_.witnessed(*this, x, *event);
    return;
  }
  auto content = std::get_if<wire::content>(&x.body);
  auto change = std::get_if<wire::revision>(&x.body);
  world_.judge.delivered(device(), x.conversation, x.seq, x.device, x.counter,
                         content  ? digest_of(*content)
                         : change ? digest_of(*change)
                                  : checker::no_body);
  if (content == nullptr)
    return;
  last_[x.conversation].other = x.seq;
  if (content->extra && std::holds_alternative<wire::file>(content->extra->thing) && on_file)
    on_file(x);
  auto stamp = stamp_of(content->body);
  if (stamp && *stamp > online_since_) {
    auto took = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - *stamp);
    world_.counted.latency.record(static_cast<uint64_t>(std::max<int64_t>(took.count(), 0)));
  }
}

void bot::on_sent(const client::sent_message& x) {
  world_.judge.acknowledged(device(), x.conversation, x.counter, x.seq);
  if (revisions_.erase({x.conversation, x.counter}) != 0) {
    ++world_.counted.revised;
    return;
  }
  if (files_.erase({x.conversation, x.counter}) != 0)
    return;
  ++world_.counted.acked;
  last_[x.conversation].own = x.seq;
  settled(x.conversation);
}

void bot::on_send_refused(conversation_id c, uint64_t counter, const wire::error& why) {
  world_.judge.refused(device(), c, counter);
  if (revisions_.erase({c, counter}) != 0)
    return; // Of what was recalled, say.
  if (files_.erase({c, counter}) != 0) {
    if (on_file_refused)
      on_file_refused();
    return;
  }
  ++world_.counted.refused;
  ++world_.counted.errors[why.code];
  settled(c);
}

void bot::on_closing(const wire::error& why) {
  ++world_.counted.errors[why.code];
}

void bot::on_notice(const wire::error& why) {
  ++world_.counted.errors[why.code];
}

void bot::on_typing(const wire::typing&) {
  ++world_.counted.typing;
}

/// The maximum counts: after a failover a room may say less than before.
void bot::on_receipt(const wire::receipt& x) {
  auto& most = receipts_[{x.conversation, x.user}];
  most.delivered = std::max(most.delivered, x.delivered);
  most.read = std::max(most.read, x.read);
  world_.judge.receipt(device(), x.conversation, x.user, most.delivered, most.read);
}

void bot::on_presence(const wire::presence& x) {
  people_[x.user] = x.state;
}

void bot::on_presence_forgotten() {
  people_.clear();
}

wire::presence_state bot::state_of(user_id x) const {
  auto at = people_.find(x);
  return at == people_.end() ? wire::presence_state::offline : at->second;
}

void bot::settled(conversation_id c) {
  for (auto f : flows)
    if (f->to == c && !f->sent.empty()) {
      auto took = clock::now() - f->sent.front();
      world_.counted.acknowledgement.record(
        static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
      f->sent.pop_front(); // A conversation answers in order.
      world_.pace.settled(*f);
    }
}

} // namespace parley::swarm
