#include "tools/parleyctl/ask.hpp"

#include "tools/client/connection.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>

namespace parley::ctl {

namespace {

constexpr uint64_t greeting = 1;
constexpr uint64_t question = 2;

std::string in_words(const admin::error& x) {
  std::string text{x.text};
  if (x.code == ec::unsupported)
    text += ": it is older than this parleyctl";
  if (x.code == ec::version)
    text += "; this parleyctl speaks version " + std::to_string(admin::protocol_version)
            + " of the admin protocol: is that the admin port?";
  return text;
}

class conversation final : private client::connection::owner {
public:
  conversation(const options& how, std::string_view key, const admin::request_body& what)
      : how_(how), key_(key), what_(what) {
    owner& self = *this;
    connection_ = std::make_shared<client::connection>(context_, self);
  }

  ~conversation() {
    connection_->close();
  }

  answer run() {
    connection_->open(how_.node);
    auto limit = std::chrono::duration<double>{how_.timeout};
    auto until = std::chrono::steady_clock::now()
                 + std::chrono::ceil<std::chrono::steady_clock::duration>(limit);
    while (!result_ && context_.run_one_until(until) != 0)
      continue;
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%g s", how_.timeout);
    if (!result_)
      give(no_answer, std::string{"no answer within "} + seconds);
    return *std::move(result_);
  }

private:
  void on_connected() override {
    connected_ = true;
    say(greeting, admin::hello{admin::protocol_version, "parleyctl", key_});
  }

  void on_frame(std::string_view bytes) override {
    frame kept{bytes};
    auto x = admin::decode_reply(kept);
    if (!x)
      return give(failed, "the answer makes no sense");
    if (auto error = std::get_if<admin::error>(&x->body))
      return give(failed, in_words(*error));
    if (x->number == greeting && std::holds_alternative<admin::welcome>(x->body))
      return say(question, what_);
    if (x->number != question || std::holds_alternative<admin::unknown>(x->body))
      return give(failed, "the answer is unknown to this parleyctl");
    if (!result_)
      result_ = answer{done, {}, std::move(kept), std::move(x->body)};
  }

  void on_disconnected(const std::string& why) override {
    give(connected_ ? failed : no_answer, why);
  }

  void say(uint64_t number, const admin::request_body& what) {
    connection_->write(admin::encode(admin::request{number, what}));
    connection_->flush();
  }

  void give(exit_status status, const std::string& why) {
    if (!result_)
      result_ = answer{status, how_.node_text + ": " + why, {}, {}};
  }

  const options& how_;
  std::string_view key_;
  const admin::request_body& what_;
  asio::io_context context_{1};
  std::shared_ptr<client::connection> connection_;
  bool connected_ = false;
  std::optional<answer> result_;
};

} // namespace

answer ask(const options& how, std::string_view key, const admin::request_body& what) {
  return conversation{how, key, what}.run();
}

} // namespace parley::ctl
