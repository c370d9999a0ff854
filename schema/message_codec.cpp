#include "schema/message_codec.hpp"

namespace parley::wire {

namespace {

content with(content_extra&& x) {
  return {{}, {}, std::make_shared<const content_extra>(std::move(x))};
}

void write_thing(schema::Content::Builder out, const file& x) {
  auto y = out.initFile();
  set_text(y.initName(count_of(x.name)), x.name);
  set_text(y.initType(count_of(x.type)), x.type);
  y.setSize(x.size);
  y.setHash(as_data(x.hash));
}

void write_thing(schema::Content::Builder out, const location& x) {
  auto y = out.initLocation();
  y.setLatitude(x.latitude);
  y.setLongitude(x.longitude);
  set_text(y.initLabel(count_of(x.label)), x.label);
}

void write_plain(schema::Content::Builder out, const content& x) {
  auto thing = x.extra ? &x.extra->thing : nullptr;
  if (auto what = std::get_if<file>(thing))
    return write_thing(out, *what);
  if (auto where = std::get_if<location>(thing))
    return write_thing(out, *where);
  if (x.is_text()) {
    set_text(out.initText(count_of(x.body)), x.body);
    return;
  }
  auto custom = out.initCustom();
  set_text(custom.initKind(count_of(x.kind)), x.kind);
  custom.setBody(as_data(x.body));
}

struct message_writer {
  schema::Message::Builder out;

  void operator()(const content& x) {
    write_content(out.initContent(), x);
  }

  void operator()(const event& x) {
    auto y = out.initEvent();
    y.setKind(static_cast<schema::Event::Kind>(x.kind));
    write_names(y.initMembers(count_of(x.members)), x.members);
    if (!x.text.empty())
      set_text(y.initText(count_of(x.text)), x.text);
    y.setUntil(x.until);
    y.setRole(static_cast<schema::Role>(x.role));
    y.setAccess(static_cast<schema::Access>(x.access));
    if (x.keep != retention{})
      write_retention(y.initKeep(), x.keep);
  }

  void operator()(const revision& x) {
    write_revision(out.initRevision(), x);
  }

  void operator()(const revised& x) {
    auto y = out.initRevised();
    write_content(y.initContent(), x.content);
    y.setEdited(x.edited);
    auto list = y.initReactions(count_of(x.reactions));
    for (capnp::uint i = 0; i < list.size(); ++i) {
      set_text(list[i].initWhat(count_of(x.reactions[i].what)), x.reactions[i].what);
      list[i].setCount(x.reactions[i].count);
    }
  }

  void operator()(const tombstone& x) {
    auto y = out.initTombstone();
    y.setWhy(static_cast<schema::Tombstone::Why>(x.why));
    y.setBy(x.by);
  }

  void operator()(const unknown&) {
    // nop
  }
};

} // namespace

std::optional<content> read_content(schema::Content::Reader x) {
  switch (x.which()) {
    case schema::Content::TEXT:
      return content{{}, view(x.getText())};
    case schema::Content::CUSTOM:
      return content{view(x.getCustom().getKind()), view(x.getCustom().getBody())};
    case schema::Content::FILE: {
      auto y = x.getFile();
      return with({file{view(y.getName()), view(y.getType()), y.getSize(), view(y.getHash())}});
    }
    case schema::Content::LOCATION: {
      auto y = x.getLocation();
      return with({location{y.getLatitude(), y.getLongitude(), view(y.getLabel())}});
    }
    case schema::Content::COMPOSED: {
      auto y = x.getComposed();
      if (y.getContent().isComposed())
        return std::nullopt;
      auto result = read_content(y.getContent());
      if (!result)
        return std::nullopt;
      content_extra extra{{}, y.getReplyTo(), read_names(y.getMentions()), view(y.getForwarded())};
      if (result->extra)
        extra.thing = result->extra->thing;
      result->extra = std::make_shared<const content_extra>(std::move(extra));
      return result;
    }
  }
  return std::nullopt;
}

void write_content(schema::Content::Builder out, const content& x) {
  auto around = x.extra.get();
  if (around == nullptr
      || (around->reply_to == 0 && around->mentions.empty() && around->forwarded.empty()))
    return write_plain(out, x);
  auto y = out.initComposed();
  write_plain(y.initContent(), x);
  y.setReplyTo(around->reply_to);
  if (!around->mentions.empty())
    write_names(y.initMentions(count_of(around->mentions)), around->mentions);
  if (!around->forwarded.empty())
    set_text(y.initForwarded(count_of(around->forwarded)), around->forwarded);
}

std::optional<revision> read_revision(schema::Revision::Reader x) {
  revision result{x.getTarget(), {}, {}, {}, x.getCount()};
  switch (x.which()) {
    case schema::Revision::EDIT: {
      auto body = read_content(x.getEdit());
      if (!body)
        return std::nullopt;
      result.kind = revision_kind::edit;
      result.content = *std::move(body);
      return result;
    }
    case schema::Revision::RECALL:
      result.kind = revision_kind::recall;
      return result;
    case schema::Revision::REACT:
      result.kind = revision_kind::react;
      result.reaction = view(x.getReact());
      return result;
    case schema::Revision::UNREACT:
      result.kind = revision_kind::unreact;
      result.reaction = view(x.getUnreact());
      return result;
  }
  return std::nullopt;
}

void write_revision(schema::Revision::Builder out, const revision& x) {
  out.setTarget(x.target);
  out.setCount(x.count);
  switch (x.kind) {
    case revision_kind::edit:
      return write_content(out.initEdit(), x.content);
    case revision_kind::recall:
      return out.setRecall();
    case revision_kind::react:
      return set_text(out.initReact(count_of(x.reaction)), x.reaction);
    case revision_kind::unreact:
      return set_text(out.initUnreact(count_of(x.reaction)), x.reaction);
  }
}

message read_message(schema::Message::Reader x) {
  message result{read_id<conversation_id>(x.getConversation()),
                 x.getSeq(),
                 x.getOrdinal(),
                 x.getTime(),
                 read_id<user_id>(x.getSender()),
                 view(x.getSenderName()),
                 device_id{x.getDevice()},
                 x.getCounter(),
                 {}};
  switch (x.which()) {
    case schema::Message::CONTENT: {
      auto body = read_content(x.getContent());
      if (!body)
        break;
      result.body = *std::move(body);
      return result;
    }
    case schema::Message::EVENT: {
      auto y = x.getEvent();
      result.body = event{static_cast<event_kind>(y.getKind()),
                          read_names(y.getMembers()),
                          view(y.getText()),
                          y.getUntil(),
                          static_cast<room_role>(y.getRole()),
                          static_cast<room_access>(y.getAccess()),
                          read_retention(y.getKeep())};
      return result;
    }
    case schema::Message::REVISION: {
      auto what = read_revision(x.getRevision());
      if (!what)
        break;
      result.body = *std::move(what);
      return result;
    }
    case schema::Message::REVISED: {
      auto y = x.getRevised();
      auto body = read_content(y.getContent());
      if (!body)
        break;
      revised now{*std::move(body), y.getEdited()};
      for (auto z : y.getReactions())
        now.reactions.push_back({view(z.getWhat()), z.getCount()});
      result.body = std::move(now);
      return result;
    }
    case schema::Message::TOMBSTONE:
      result.body =
        tombstone{static_cast<tombstone_kind>(x.getTombstone().getWhy()), x.getTombstone().getBy()};
      return result;
  }
  result.body = unknown{static_cast<uint16_t>(x.which())};
  return result;
}

void write_message(schema::Message::Builder out, const message& x) {
  write_id(out.initConversation(), x.conversation);
  out.setSeq(x.seq);
  out.setOrdinal(x.ordinal);
  out.setTime(x.time);
  write_id(out.initSender(), x.sender);
  set_text(out.initSenderName(count_of(x.sender_name)), x.sender_name);
  out.setDevice(x.device.value);
  out.setCounter(x.counter);
  std::visit(message_writer{out}, x.body);
}

} // namespace parley::wire
