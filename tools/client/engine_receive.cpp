#include "tools/client/engine.hpp"

#include "schema/codec.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// What comes from the server.

namespace parley::client {

void engine::on_frame(std::string_view bytes) {
  received_at_ = std::chrono::steady_clock::now();
  auto x = wire::decode_server(bytes);
  if (!x)
    return lose("the server sent a frame that does not decode");
  if (x->request == 0)
    pushed(*x, bytes);
  else
    answered(x->request, x->body);
  turn_soon();
}

void engine::answered(uint64_t number, const wire::server_body& body) {
  auto found = pending_.extract(number);
  if (found.empty())
    return;
  auto& x = found.mapped();
  pending_bytes_ -= x.bytes;
  if (x.to != nullptr)
    return send_answered(*x.to, x.counter, body);
  if (auto change = std::get_if<wire::change>(&body); change && change->seq != 0) {
    auto& c = conversation_of(change->room);
    c.in.changed(change->seq);
    read_missing(c, received_at_);
  }
  x.done(body);
}

void engine::pushed(const wire::server_frame& x, std::string_view bytes) {
  if (auto message = std::get_if<wire::message>(&x.body)) {
    received(*message, bytes);
  } else if (auto info = std::get_if<wire::conversation>(&x.body)) {
    auto& c = conversation_of(info->id);
    if (c.in.held() > 0 && info->first_seq > c.in.held()) {
      c.in.stay_begins(info->first_seq, received_at_);
      deliver_waiting(c);
    }
    app_.on_conversation(*info);
  } else if (auto hidden = std::get_if<wire::hidden>(&x.body)) {
    app_.on_hidden(*hidden);
  } else if (auto typing = std::get_if<wire::typing>(&x.body)) {
    app_.on_typing(*typing);
  } else if (auto live = std::get_if<wire::live_message>(&x.body)) {
    app_.on_live(live->what);
  } else if (auto lost = std::get_if<wire::dropped>(&x.body)) {
    app_.on_dropped(*lost);
  } else if (auto contact = std::get_if<wire::contact>(&x.body)) {
    app_.on_contact(*contact);
  } else if (auto presence = std::get_if<wire::presence>(&x.body)) {
    app_.on_presence(*presence);
  } else if (std::holds_alternative<wire::presence_forgotten>(x.body)) {
    presence_forgotten();
  } else if (auto receipt = std::get_if<wire::receipt>(&x.body)) {
    app_.on_receipt(*receipt);
  } else if (auto closing = std::get_if<wire::closing>(&x.body)) {
    server_closes(*closing);
  } else if (auto error = std::get_if<wire::error>(&x.body)) {
    app_.on_notice(*error);
  } else if (auto welcome = std::get_if<wire::welcome>(&x.body)) {
    learn(welcome->nodes);
  } else if (std::holds_alternative<wire::ping>(x.body) && link_) {
    link_->write(wire::encode(wire::client_frame{x.request, wire::pong{}}));
  }
}

void engine::received(const wire::message& x, std::string_view bytes) {
  auto& c = conversation_of(x.conversation);
  c.touched = ++touches_;
  auto verdict = c.in.push(x.seq, bytes, received_at_);
  if (!c.ack_due) {
    c.ack_due = true;
    ack_due_.push_back(&c);
  }
  if (verdict == receive_order::verdict::deliver) {
    app_.on_message(x);
    deliver_waiting(c);
  } else if (verdict == receive_order::verdict::wait) {
    read_missing(c, received_at_);
  } else {
    app_.on_repeated(x);
  }
}

void engine::deliver_waiting(conversation& c) {
  while (auto next = c.in.next(received_at_)) {
    if (auto x = wire::decode_server(*next))
      app_.on_message(std::get<wire::message>(x->body));
    if (!c.ack_due && online()) {
      c.ack_due = true;
      ack_due_.push_back(&c);
    }
  }
}

void engine::read_missing(conversation& c, steady_time now) {
  if (c.reading || !online())
    return;
  auto hole = c.in.missing(now);
  if (!hole) {
    if (auto at = c.in.wakes_at())
      wake_at(*at);
    return;
  }
  c.reading = true;
  c.in.asked(now);
  auto to = std::max(hole->to, c.in.pushed());
  wire::read_history what{c.id, hole->from, to, static_cast<uint32_t>(limits::page_rows)};
  ask(
    what,
    [this, conversation = &c, range = *hole](const wire::server_body& body) {
      history_came(*conversation, range, body);
    },
    true);
}

void engine::history_came(conversation& c, receive_order::range hole,
                          const wire::server_body& body) {
  c.reading = false;
  auto now = received_at_;
  auto skip_to = [this, &c, now](seq_t first) {
    auto from = c.in.held() + 1;
    if (first <= from)
      return;
    c.in.begins_at(first, now);
    app_.on_gap(c.id, from, first - 1);
  };
  if (auto page = std::get_if<wire::history_page>(&body)) {
    for (auto record : page->records) {
      auto x = wire::decode_server(record);
      auto message = x ? std::get_if<wire::message>(&x->body) : nullptr;
      if (message == nullptr)
        continue;
      skip_to(message->seq);
      auto own = message->device == device_ && message->counter != 0;
      if (c.in.read(message->seq, record, now) == receive_order::verdict::deliver && !own)
        app_.on_message(*message);
    }
    if (page->records.empty() && page->head >= hole.to)
      skip_to(hole.to + 1);
  } else if (auto error = std::get_if<wire::error>(&body); error && !error->retryable) {
    skip_to(hole.to + 1);
  }
  deliver_waiting(c);
  if (!c.ack_due && online()) {
    c.ack_due = true;
    ack_due_.push_back(&c);
  }
  read_missing(c, now);
}

} // namespace parley::client
