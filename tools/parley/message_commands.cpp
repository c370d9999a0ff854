#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tools/parley/commands.hpp"
#include "tools/parley/render.hpp"

#include <cstdlib>
#include <filesystem>

// Writing messages, and what becomes of them.

namespace parley::chat {

namespace {

/// The names behind an @ in a text.
std::vector<std::string_view> mentions_in(std::string_view text) {
  std::vector<std::string_view> names;
  for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    auto name = text.substr(at + 1);
    auto end = name.find_first_of(" \t,;:!?()@");
    name = name.substr(0, end);
    while (name.ends_with('.'))
      name.remove_suffix(1);
    if (normalize_name(name) && names.size() < limits::mentions_per_message)
      names.push_back(name);
  }
  return names;
}

wire::content with(wire::content what, wire::content_extra extra) {
  what.extra = std::make_shared<const wire::content_extra>(std::move(extra));
  return what;
}

} // namespace

// -- writing ------------------------------------------------------------------------

void commands::write(const std::string& text, wire::content_extra extra) {
  extra.mentions = mentions_in(text);
  wire::content what{{}, text};
  auto plain = extra.mentions.empty() && extra.reply_to == 0;
  write(plain ? what : with(what, std::move(extra)));
}

void commands::write(wire::content what) {
  if (!node_.started())
    return view_.say("! /login first");
  if (!view_.here())
    return view_.say("! to whom? Start with /msg NAME TEXT or /room ID TEXT");
  auto done = view_.peer().empty() ? node_->send(*view_.here(), std::move(what))
                                   : node_->send_to(view_.peer(), std::move(what));
  check(done.code);
}

void commands::check(ec code) {
  if (code != ec::none)
    view_.say("! not sent: " + std::string{text_of(code)});
}

void commands::reply(const command& x) {
  auto to = message_of(x);
  if (to && x.words.size() > 1)
    write(x.text_after(1), {.reply_to = *to});
}

void commands::write_file(const command& x) {
  if (!node_.started() || !view_.here())
    return write(x.line); // Which says why not.
  auto to = *view_.here();
  std::filesystem::path path{x.line};
  node_->upload(
    path, [this, to, path, peer = view_.peer()](const wire::error& error, const file_ref& file) {
      auto name = path.filename().string();
      if (error.code != ec::none)
        return view_.say("! " + name + ": " + std::string{error.text});
      auto content = with({}, {wire::file{name, {}, file.size, file.hash_bytes()}});
      check((peer.empty() ? node_->send(to, content) : node_->send_to(peer, content)).code);
      program_.settled();
    });
}

void commands::save(const command& x) {
  auto seq = message_of(x);
  auto path = x.text_after(1);
  if (!seq || !node_.started())
    return;
  if (path.empty())
    return view_.say("! /save N PATH");
  node_->download(*view_.here(), *seq, path,
                  [this, path](const wire::error& error, const file_ref& file) {
                    if (error.code != ec::none)
                      view_.say("! " + path + ": " + std::string{error.text});
                    else
                      view_.say("  saved " + path + ", " + std::to_string(file.size) + " bytes");
                    program_.settled();
                  });
}

void commands::write_location(const command& x) {
  if (x.words.size() < 2)
    return view_.say("! /location LAT LON LABEL");
  auto label = x.text_after(2);
  write(with(
    {}, {wire::location{std::atof(x.words[0].c_str()), std::atof(x.words[1].c_str()), label}}));
}

// -- changing -----------------------------------------------------------------------

void commands::revise(wire::revision what) {
  if (!node_.started())
    return view_.say("! /login first");
  check(node_->revise(*view_.here(), std::move(what)).code);
}

std::optional<seq_t> commands::message_of(const command& x) {
  if (view_.here() && !x.words.empty()) {
    std::string_view word = x.words[0];
    word.remove_prefix(word.starts_with('#') ? 1 : 0);
    if (auto seq = number_in(word); seq.value_or(0) != 0)
      return seq;
  }
  view_.say("! which message? The number behind its time, as in /" + x.verb + " 17");
  return std::nullopt;
}

void commands::edit(const command& x) {
  auto text = x.text_after(1);
  if (auto seq = message_of(x); seq && !text.empty())
    revise({*seq, wire::revision_kind::edit, {{}, text}});
}

void commands::recall(const command& x) {
  if (auto seq = message_of(x))
    revise({*seq, wire::revision_kind::recall});
}

void commands::react(const command& x) {
  auto with = x.text_after(1);
  if (auto seq = message_of(x); seq && !with.empty())
    revise({*seq, wire::revision_kind::react, {}, with});
}

void commands::unreact(const command& x) {
  auto with = x.text_after(1);
  if (auto seq = message_of(x); seq && !with.empty())
    revise({*seq, wire::revision_kind::unreact, {}, with});
}

void commands::readers(const command& x) {
  auto seq = message_of(x);
  if (!seq)
    return;
  ask<wire::readers_page>(wire::list_readers{*view_.here(), *seq},
                          [this](const wire::readers_page& page) {
                            for (auto& reader : page.readers)
                              view_.say("  " + printable(reader.name));
                            view_.say("  " + counts_of(page));
                          });
}

void commands::versions(const command& x) {
  auto seq = message_of(x);
  if (!seq)
    return;
  ask<wire::versions_page>(wire::read_versions{*view_.here(), *seq},
                           [this](const wire::versions_page& page) {
                             for (auto record : page.records)
                               if (auto old = wire::decode_server(record))
                                 view_.show(std::get<wire::message>(old->body));
                           });
}

void commands::hide(const command& x) {
  if (auto seq = message_of(x))
    ask<wire::done>(wire::hide{*view_.here(), {*seq}}, [this, seq](const wire::done&) {
      view_.say("  hidden #" + std::to_string(*seq));
    });
}

/// A file must be one's own before another message can name it.
void commands::send_on(const std::string& to, const wire::message& from, wire::content what) {
  if (!std::holds_alternative<wire::file>(what.extra->thing))
    return check(node_->send_to(to, std::move(what)).code);
  auto kept = wire::encode(wire::client_frame{0, wire::send{{}, to, 0, 0, std::move(what)}});
  auto revised = std::get_if<wire::revised>(&from.body);
  auto seq = revised != nullptr && revised->edited != 0 ? revised->edited : from.seq;
  node_->keep(from.conversation, seq,
              [this, to, kept](const wire::error& error, const wire::file_state&) {
                if (error.code != ec::none)
                  return view_.say("! " + std::string{error.text});
                auto decoded = wire::decode_client(kept);
                check(node_->send_to(to, std::get<wire::send>(decoded->body).content).code);
                program_.settled();
              });
}

void commands::forward(const command& x) {
  auto seq = message_of(x);
  auto to = x.words.size() > 1 ? normalize_name(x.words[1]) : std::nullopt;
  if (!seq || !to)
    return;
  ask<wire::history_page>(
    wire::read_history{*view_.here(), *seq, *seq, 1}, [this, to](const wire::history_page& page) {
      auto found = page.records.empty() ? std::nullopt : wire::decode_server(page.records[0]);
      auto message = found ? std::get_if<wire::message>(&found->body) : nullptr;
      auto now = message ? std::get_if<wire::revised>(&message->body) : nullptr;
      auto content = now       ? &now->content
                     : message ? std::get_if<wire::content>(&message->body)
                               : nullptr;
      if (content == nullptr)
        return view_.say("! there is nothing to send on");
      wire::content_extra extra{.forwarded = message->sender_name};
      if (content->extra) {
        extra.thing = content->extra->thing;
        if (!content->extra->forwarded.empty())
          extra.forwarded = content->extra->forwarded;
      }
      send_on(*to, *message, with({content->kind, content->body}, std::move(extra)));
    });
}

} // namespace parley::chat
