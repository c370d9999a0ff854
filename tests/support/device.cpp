#include "tests/support/device.hpp"

#include "schema/identity.hpp"

namespace parley::testing {

device::device(const node_process& node, std::string name, std::string token,
               std::vector<wire::cursor> resume, int receive_buffer)
    : raw_client(node.port(), receive_buffer, node.trust()), name_(std::move(name)),
      token_(std::move(token)) {
  log_in(std::move(resume), "");
}

device::device(const node_process& node, std::string name)
    : raw_client(node.port(), 0, node.trust()), name_(std::move(name)) {
  log_in({}, password);
}

void device::log_in(std::vector<wire::cursor> resume, const char* with_password) {
  hello();
  auto in = ask<wire::session>(wire::login{name_, with_password, token_, std::move(resume)});
  user_ = in->user;
  id_ = in->device;
  if (!in->token.empty())
    token_ = in->token;
}

void device::reconnect(const node_process& node, std::vector<wire::cursor> resume) {
  static_cast<raw_client&>(*this) = raw_client{node.port(), 0, node.trust()};
  log_in(std::move(resume), "");
}

wire::send device::next_text(const std::string& to, const std::string& body, uint64_t counter) {
  counter_ = counter != 0 ? counter : counter_ + 1;
  return {{}, to, counter_, 0, {{}, body}};
}

uint64_t device::text(const std::string& to, const std::string& body, uint64_t counter) {
  return say(next_text(to, body, counter));
}

wire::sent device::text_stored(const std::string& to, const std::string& body, uint64_t counter) {
  return *ask<wire::sent>(next_text(to, body, counter));
}

held<wire::message> device::message(std::chrono::milliseconds limit) {
  auto x = push<wire::message>(limit);
  ack(x->conversation, x->seq);
  return x;
}

void device::ack(conversation_id id, seq_t seq) {
  say(0, wire::ack{{{id, seq}}});
}

conversation_id device::with(const std::string& other) const {
  return direct_conversation(user_, user_of(other));
}

std::vector<held<wire::message>> device::history(conversation_id id) {
  std::vector<held<wire::message>> result;
  for (auto more = true; more;) {
    auto from = result.empty() ? 1 : result.back()->seq + 1;
    auto page = ask<wire::history_page>(wire::read_history{id, from, 0, 0});
    for (auto record : page->records) {
      frame bytes{record};
      auto x = wire::decode_server(bytes);
      result.push_back({bytes, std::get<wire::message>(x.value().body)});
    }
    more = page->more;
  }
  return result;
}

void register_person(const node_process& node, const std::string& name) {
  raw_client who{node.port(), 0, node.trust()};
  who.hello();
  who.ask<wire::done>(wire::register_account{name, password});
}

device import_person(const node_process& node, const std::string& name) {
  device service{node, "service", node.service_token()};
  auto made = service.ask<wire::session>(wire::import_account{name});
  return {node, name, std::string{made->token}};
}

std::string text_of(const wire::message& x) {
  auto content = std::get_if<wire::content>(&x.body);
  return content != nullptr ? std::string{content->body} : "";
}

} // namespace parley::testing
