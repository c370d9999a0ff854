#include "schema/presence_codec.hpp"

#include "schema/message_codec.hpp"

namespace parley::wire {

client_body read_presence_change(schema::ClientFrame::SetPresence::Reader x) {
  using which = schema::ClientFrame::SetPresence;
  switch (x.which()) {
    case which::ACTIVE:
      return set_presence{presence_change::active};
    case which::AWAY:
      return set_presence{presence_change::away};
    case which::VISIBILITY:
      return set_presence{presence_change::visibility, static_cast<visibility>(x.getVisibility())};
  }
  return unknown{static_cast<uint16_t>(x.which())};
}

void write_presence_change(schema::ClientFrame::SetPresence::Builder out, const set_presence& x) {
  switch (x.what) {
    case presence_change::active:
      return out.setActive();
    case presence_change::away:
      return out.setAway();
    case presence_change::visibility:
      return out.setVisibility(static_cast<schema::Visibility>(x.visibility));
  }
}

ask_presence read_presence_request(schema::ClientFrame::PresenceRequest::Reader x) {
  return {read_names(x.getNames()), static_cast<presence_wish>(x.getWish())};
}

void write_presence_request(schema::ClientFrame::PresenceRequest::Builder out,
                            const ask_presence& x) {
  write_names(out.initNames(count_of(x.names)), x.names);
  out.setWish(static_cast<schema::ClientFrame::PresenceRequest::Wish>(x.wish));
}

presence read_presence(schema::ServerFrame::Presence::Reader x) {
  return {read_id<user_id>(x.getUser()), view(x.getName()),
          static_cast<presence_state>(x.getState()), x.getLastSeen()};
}

void write_presence(schema::ServerFrame::Presence::Builder out, const presence& x) {
  write_id(out.initUser(), x.user);
  set_text(out.initName(count_of(x.name)), x.name);
  out.setState(static_cast<schema::ServerFrame::Presence::State>(x.state));
  out.setLastSeen(x.last_seen);
}

presences read_presences(schema::ServerFrame::Presences::Reader x) {
  presences result{{}, static_cast<visibility>(x.getVisibility())};
  for (auto y : x.getPresences())
    result.found.push_back(read_presence(y));
  return result;
}

void write_presences(schema::ServerFrame::Presences::Builder out, const presences& x) {
  auto list = out.initPresences(count_of(x.found));
  for (capnp::uint i = 0; i < list.size(); ++i)
    write_presence(list[i], x.found[i]);
  out.setVisibility(static_cast<schema::Visibility>(x.visibility));
}

} // namespace parley::wire
