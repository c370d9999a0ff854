#include "tools/client/client.hpp"

#include "tools/client/engine.hpp"

namespace parley::client {

client::client(asio::io_context& context, options how, events& app)
    : context_(context), engine_(std::make_unique<engine>(context, std::move(how), app)) {
  // nop
}

client::~client() = default;

void client::start() {
  engine_->start();
}

void client::stop() {
  engine_->stop();
}

void client::interrupt() {
  engine_->interrupt();
}

sending client::send(conversation_id to, wire::content what) {
  return engine_->send(to, what);
}

sending client::send_to(std::string_view user, wire::content what) {
  return engine_->send_to(user, what);
}

sending client::revise(conversation_id in, wire::revision what) {
  return engine_->revise(in, std::move(what));
}

void client::ask(const wire::client_body& what, answer_handler done) {
  engine_->ask(what, std::move(done));
}

void client::set_away(bool away) {
  engine_->set_away(away);
}

void client::watch(const std::vector<std::string>& names, handler<wire::presences> done) {
  engine_->watch(names, [done = std::move(done)](const wire::server_body& body) {
    if (auto found = std::get_if<wire::presences>(&body))
      done({}, *found);
    else if (auto error = std::get_if<wire::error>(&body))
      done(*error, {});
  });
}

void client::unwatch(const std::vector<std::string>& names) {
  engine_->unwatch(names);
}

bool client::online() const noexcept {
  return engine_->online();
}

device_id client::device() const noexcept {
  return engine_->device();
}

size_t client::unacknowledged() const noexcept {
  return engine_->unacknowledged();
}

size_t client::unanswered() const noexcept {
  return engine_->unanswered() + *transfers_;
}

seq_t client::held(conversation_id id) const {
  return engine_->held(id);
}

} // namespace parley::client
