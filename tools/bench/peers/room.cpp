#include "tools/bench/peers/loop.hpp"
#include "tools/bench/peers/stretch.hpp"

#include <numeric>

namespace parley::peers {

namespace {

/// W3: all users in one room, a few of them publish.
class full_room final : public workload {
public:
  explicit full_room(loop& where)
      : workload(where), members_(static_cast<uint32_t>(where.how().users)),
        publishers_(static_cast<uint32_t>(where.how().publishers)), senders_(publishers_),
        writer_(where.how().payload) {
    // nop
  }

  /// The first one makes the room, where rooms are made.
  void begin() override {
    began_ = loop_.now();
    loop_.log_in({0}, peers::room, [this] { bring_the_others(); });
  }

  void tick() override {
    if (stretch_.tick(loop_.now(), how_)) {
      last_ = loop_.now();
      for (uint32_t i = 0; i < publishers_; ++i)
        fill(i);
    }
    if (stretch_.flows()) {
      for (size_t i = 0; i < hungry_.size(); ++i)
        fill(hungry_[i]);
      hungry_.clear();
    } else if (stretch_.over()) {
      done_ = open_ == 0 || loop_.now() > last_ + in_nanoseconds(how_.quiet);
    }
  }

  void received(connection&, std::string_view text) override {
    auto x = read_own(text);
    if (!x || x->sender >= publishers_)
      return;
    auto found = senders_[x->sender].find(x->number);
    if (found == nullptr || found->received) {
      ++duplicated_;
      return;
    }
    last_ = loop_.now();
    deliveries_ += stretch_.measured();
    if (++found->reached < recipients())
      return;
    found->received = true;
    if (stretch_.measured())
      record(last_member_, found->begun);
    finish_if_done(x->sender, *found);
  }

  void acknowledged(connection& c, uint32_t slot) override {
    auto publisher = c.user / distance();
    if (publisher >= publishers_ || c.user != user_of(publisher))
      return;
    auto found = senders_[publisher].at(slot);
    if (found == nullptr || found->acknowledged)
      return;
    found->acknowledged = true;
    if (stretch_.measured())
      record(acknowledgement_, found->begun);
    finish_if_done(publisher, *found);
  }

  nlohmann::json result() const override {
    auto deliveries = static_cast<double>(deliveries_);
    nlohmann::json result{
      {"publishers", publishers_},
      {"seconds", in_seconds(stretch_.length())},
      {"login_seconds", logins_},
      {"messages", finished_},
      {"message_rate", per_second(static_cast<double>(finished_), stretch_.length())},
      {"deliveries", deliveries_},
      {"rate", per_second(deliveries, stretch_.length())},
      {"duplicated", duplicated_},
      {"missing", open_},
      {"latency_us", to_json(last_member_)},
      {"acknowledgement_us", to_json(acknowledgement_)}};
    result.update(stretch_.used(deliveries));
    return result;
  }

private:
  void bring_the_others() {
    done_ = loop_.failures() > 0;
    std::vector<uint32_t> others(members_ - 1);
    std::iota(others.begin(), others.end(), 1);
    loop_.log_in(std::move(others), peers::room, [this] {
      logins_ = in_seconds(loop_.look_at_clock() - began_);
      done_ = loop_.failures() > 0;
      stretch_.plan(loop_.now(), how_.settle / 4, how_);
    });
  }

  uint32_t distance() const {
    return members_ / publishers_;
  }

  uint32_t user_of(uint32_t publisher) const {
    return publisher * distance();
  }

  uint32_t recipients() const {
    return loop_.speech().echoes() ? members_ : members_ - 1;
  }

  void fill(uint32_t publisher) {
    auto& c = loop_.users[user_of(publisher)];
    c.hungry = false;
    while (auto x = c.closed ? nullptr : senders_[publisher].begin(loop_.now(), how_.window)) {
      x->acknowledged = !loop_.speech().acknowledges();
      ++open_;
      loop_.speech().publish(c, flights::slot_of(*x),
                             writer_.write({loop_.run_number(), publisher, x->number}));
    }
  }

  void finish_if_done(uint32_t publisher, flight& x) {
    if (!x.acknowledged || !x.received)
      return;
    senders_[publisher].finish(x);
    --open_;
    finished_ += stretch_.measured();
    if (!std::exchange(loop_.users[user_of(publisher)].hungry, true))
      hungry_.push_back(publisher);
  }

  uint32_t members_;
  uint32_t publishers_;
  std::vector<flights> senders_;
  body_writer writer_;
  stretch stretch_;
  nanoseconds began_ = 0;
  nanoseconds last_ = 0; ///< When something was delivered.
  std::vector<uint32_t> hungry_;
  double logins_ = 0;
  uint64_t open_ = 0;
  uint64_t finished_ = 0;
  uint64_t deliveries_ = 0;
  uint64_t duplicated_ = 0;
  histogram last_member_;
  histogram acknowledgement_;
};

} // namespace

std::unique_ptr<workload> make_room(loop& where) {
  return std::make_unique<full_room>(where);
}

} // namespace parley::peers
