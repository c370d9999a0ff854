#include "actors/admin_session.hpp"

#include "actors/audit.hpp"
#include "actors/carry.hpp"
#include "actors/spawn.hpp"
#include "schema/identity.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <variant>

namespace parley {

namespace {

admin::cluster_status status_of(const cluster_report& x, node_id asked) {
  admin::cluster_status result{asked, x.map->epoch, x.map->replicas, {}, {}};
  for (auto& node : x.map->nodes) {
    auto is_in = [&node](const std::vector<node_id>& y) {
      return std::find(y.begin(), y.end(), node.id) != y.end();
    };
    result.nodes.push_back({node.id, node.at.host + ":" + std::to_string(node.at.port), node.zone,
                            node.leaving, node.id == asked || is_in(x.linked), is_in(x.draining)});
  }
  for (size_t i = 0; i < x.groups.size(); ++i) {
    auto& [leader, what] = x.groups[i];
    admin::cluster_status::group group{leader, what.term, x.map->groups[i], {}, {}};
    for (auto& server : what.servers)
      (server.role == raft::server_role::voter ? group.voters : group.others).push_back(server.id);
    result.groups.push_back(std::move(group));
  }
  return result;
}

/// A node on its own leads everything.
admin::cluster_status alone(node_id self, uint64_t starts, bool draining) {
  admin::cluster_status result{self, 0, 1, {{self, "on its own", {}, false, true, draining}}, {}};
  result.groups.assign(shard_count, {self, starts, {self}, {self}, {}});
  return result;
}

std::string_view word_of(const cluster_change& x) {
  constexpr std::array<std::string_view, std::variant_size_v<cluster_change>> words{
    "join", "leave", "replace", "move", "rebalance"};
  return words[x.index()];
}

const auto wrong_version =
  "this node speaks version " + std::to_string(admin::protocol_version) + " of the admin protocol";

} // namespace

void admin_session_state::start(caf::io::connection_handle connection, admin_door_ptr door) {
  connection_ = connection;
  door_ = std::move(door);
  ++door_->connections;
  peer_ = self->remote_addr(connection_);
  heard_at_ = now_of(self).steady;
  self->configure_read(connection_, caf::io::receive_policy::at_most(limits::session_read_bytes));
  self->delayed_send(self, limits::login_within, tick{});
}

// -- input ------------------------------------------------------------------------

void admin_session_state::receive(const caf::io::new_data_msg& x) {
  if (phase_ == phase::closing)
    return;
  heard_at_ = now_of(self).steady;
  input_.feed({x.buf.data(), x.buf.size()});
  work_through();
}

void admin_session_state::work_through() {
  while (phase_ == phase::fresh || phase_ == phase::greeted) {
    auto bytes = input_.next();
    if (!bytes)
      break;
    auto x = admin::decode_request(*bytes);
    if (!x)
      return end(0, ec::malformed);
    take(*x);
  }
  if (phase_ == phase::closing)
    return;
  if (input_.error() != ec::none)
    end(0, input_.error());
  else if (input_.buffered() > limits::admin_frame_bytes)
    end(0, ec::too_large);
}

void admin_session_state::take(const admin::request& x) {
  if (auto greeting = std::get_if<admin::hello>(&x.body))
    return greet(x.number, *greeting);
  if (phase_ == phase::fresh)
    return end(x.number, ec::hello_first);
  if (x.number == 0)
    return end(0, ec::malformed);
  if (std::holds_alternative<admin::ask_status>(x.body))
    return collect(x.number);
  if (std::holds_alternative<admin::start_drain>(x.body))
    return start_drain(x.number);
  if (std::holds_alternative<admin::ask_cluster>(x.body))
    return ask_controller(x.number, {});
  if (auto change = std::get_if<admin::change_cluster>(&x.body))
    return ask_controller(x.number, change->what);
  reply(x.number, admin::error{ec::unsupported, text_of(ec::unsupported)});
}

void admin_session_state::greet(uint64_t number, const admin::hello& x) {
  if (x.version != admin::protocol_version)
    return end(number, ec::version, wrong_version);
  if (x.agent.size() > limits::agent_bytes)
    return end(number, ec::too_large);
  if (!same_secret(x.key, door_->key)) {
    audit("event=admin-refused from={} reason=wrong-key", peer_);
    return wait(number, phase::refusing, limits::admin_refusal_after);
  }
  if (std::exchange(phase_, phase::greeted) == phase::fresh)
    audit("event=admin-connected from={}", peer_);
  reply(number, admin::welcome{admin::protocol_version, "parleyd"});
}

// -- status -----------------------------------------------------------------------

void admin_session_state::collect(uint64_t number) {
  wait(number, phase::collecting, limits::report_within);
  status_ = {};
  status_.store.silent = true;
  status_.shards.assign(shard_count, admin::shard_status{true, {}, 0, 0, 0});
  missing_ = shard_count + 1;
  self->send(door_->dir->history.front(), ask_report{waits_});
  for (auto& x : door_->dir->shards)
    self->send(x, ask_report{waits_});
}

void admin_session_state::add(const shard_report& x) {
  if (x.number != waits_ || phase_ != phase::collecting)
    return;
  status_.shards[x.shard.value] = {false, x.leader, x.epoch, x.rooms, x.inboxes};
  arrived();
}

void admin_session_state::add(const store_report& x) {
  if (x.number != waits_ || phase_ != phase::collecting)
    return;
  status_.store = {false, x.free_bytes, x.file_bytes, x.memtable_bytes};
  arrived();
}

void admin_session_state::arrived() {
  if (--missing_ == 0)
    show();
}

void admin_session_state::show() {
  using namespace std::chrono;
  auto& dir = *door_->dir;
  status_.version = door_->version;
  status_.node = dir.self;
  status_.starts = door_->starts;
  status_.uptime_ms = duration_cast<milliseconds>(now_of(self).steady - door_->started_at).count();
  status_.draining = door_->draining.load();
  status_.connections = dir.connections.load();
  status_.credit_requests = dir.requests_unanswered.load();
  status_.credit_bytes = std::max<int64_t>(dir.credit_used.load(), 0);
  phase_ = phase::greeted;
  reply(number_, std::exchange(status_, {}));
  work_through();
}

// -- the cluster ------------------------------------------------------------------

void admin_session_state::ask_controller(uint64_t number, std::optional<cluster_change> change) {
  auto& dir = *door_->dir;
  if (!dir.controller)
    return change ? reply(number, admin::error{ec::forbidden, "this node is on its own"})
                  : reply(number, alone(dir.self, door_->starts, door_->draining.load()));
  wait(number, phase::asking, limits::report_within);
  change_ = change ? word_of(*change) : "";
  detail::send_home(self, dir.controller, ask_cluster{waits_, std::move(change)});
}

void admin_session_state::note(std::string_view outcome) const {
  if (!change_.empty())
    audit("event=admin-{} from={} outcome=\"{}\"", change_, peer_, outcome);
}

void admin_session_state::add(const cluster_report& x) {
  if (x.number != waits_ || phase_ != phase::asking)
    return;
  phase_ = phase::greeted;
  note(x.done.ok() ? "done" : x.done.text);
  if (x.done.ok())
    reply(number_, status_of(x, door_->dir->self));
  else
    reply(number_, admin::error{x.done.code, x.done.text});
  work_through();
}

// -- drain ------------------------------------------------------------------------

void admin_session_state::start_drain(uint64_t number) {
  auto there = door_->dir->connections.load();
  auto already = door_->draining.exchange(true);
  if (!already) {
    audit("event=admin-drain from={} connections={}", peer_, there);
    spdlog::info("event=draining peer={} connections={}", peer_, there);
    send_everybody_away(*door_->dir, door_->listeners);
  }
  reply(number, admin::draining{there, already});
}

// -- time and the end -------------------------------------------------------------

void admin_session_state::wait(uint64_t number, phase what, std::chrono::milliseconds time) {
  number_ = number;
  phase_ = what;
  self->delayed_send(self, time, overdue{++waits_});
}

void admin_session_state::stop_waiting(const overdue& x) {
  if (x.number != waits_)
    return;
  if (phase_ == phase::refusing)
    return end(number_, ec::wrong_credentials, "wrong admin key");
  if (phase_ == phase::deserted)
    return leave();
  if (phase_ == phase::asking) {
    phase_ = phase::greeted;
    note("unknown");
    reply(number_, admin::error{ec::retry, "no majority has agreed to it yet: ask how it stands"});
    return work_through();
  }
  if (phase_ != phase::collecting)
    return;
  spdlog::warn("event=reports-missing count={}", missing_);
  show();
}

void admin_session_state::look_after() {
  if (phase_ == phase::deserted || phase_ == phase::closing)
    return;
  auto now = now_of(self).steady;
  if (phase_ == phase::fresh || now >= heard_at_ + limits::dead_after)
    return end(0, ec::idle);
  self->delayed_send(self, limits::login_within, tick{});
}

void admin_session_state::reply(uint64_t number, admin::reply_body body) {
  auto bytes = admin::encode(admin::reply{number, std::move(body)});
  self->write(connection_, bytes.size_bytes(), bytes.bytes().data());
  self->flush(connection_);
  if (phase_ != phase::closing && self->wr_buf(connection_).size() > limits::session_queue_bytes)
    end(0, ec::unresponsive);
}

void admin_session_state::end(uint64_t number, ec why, std::string_view text) {
  phase_ = phase::closing;
  spdlog::info("event=admin-closed peer={} reason={}", peer_, name_of(why));
  reply(number, admin::error{why, text.empty() ? text_of(why) : text});
  self->close(connection_);
  leave(); // Who closes is not told that it is closed.
}

void admin_session_state::lost() {
  if (phase_ != phase::refusing)
    return leave();
  phase_ = phase::deserted; // Its place is taken all the same until it is due.
}

void admin_session_state::leave() {
  --door_->connections;
  self->quit();
}

admin_session_actor::behavior_type
admin_session(admin_session_actor::stateful_broker_pointer<admin_session_state> self,
              caf::io::connection_handle connection, admin_door_ptr door) {
  self->state.start(connection, std::move(door));
  return {
    [self](const caf::io::new_data_msg& x) { self->state.receive(x); },
    [self](const caf::io::connection_closed_msg&) { self->state.lost(); },
    [self](const shard_report& x) { self->state.add(x); },
    [self](const store_report& x) { self->state.add(x); },
    [self](const cluster_report& x) { self->state.add(x); },
    [self](const overdue& x) { self->state.stop_waiting(x); },
    [self](tick) { self->state.look_after(); },
  };
}

void fork_admin_session(admin_listener_actor::broker_pointer parent,
                        caf::io::connection_handle connection, admin_door_ptr door) {
  parent->fork(admin_session, connection, door); // CAF 0.17.6 forwards twice: never move into it.
}

} // namespace parley
