#include "schema/conversation_codec.hpp"

#include "schema/message_codec.hpp"

namespace parley::wire {

list_conversations read_conversation_list(schema::ClientFrame::ConversationsRequest::Reader x) {
  return {read_id<conversation_id>(x.getAfter()), x.getLimit(),
          static_cast<conversation_list>(x.getWhich()), x.getActive(), x.getPinned()};
}

void write_conversation_list(schema::ClientFrame::ConversationsRequest::Builder out,
                             const list_conversations& x) {
  write_id(out.initAfter(), x.after);
  out.setLimit(x.limit);
  out.setWhich(static_cast<schema::ClientFrame::ConversationsRequest::Which>(x.which));
  out.setActive(x.active);
  out.setPinned(x.pinned);
}

client_body read_conversation_change(schema::ClientFrame::ChangeConversation::Reader x) {
  using which = schema::ClientFrame::ChangeConversation;
  change_conversation result{read_id<conversation_id>(x.getId())};
  switch (x.which()) {
    case which::PIN:
      result.what = conversation_change::pin;
      result.yes = x.getPin();
      return result;
    case which::MUTE:
      result.what = conversation_change::mute;
      result.until = x.getMute();
      return result;
    case which::HIDE:
      result.what = conversation_change::hide;
      result.yes = x.getHide();
      return result;
  }
  return unknown{static_cast<uint16_t>(x.which())};
}

void write_conversation_change(schema::ClientFrame::ChangeConversation::Builder out,
                               const change_conversation& x) {
  write_id(out.initId(), x.id);
  switch (x.what) {
    case conversation_change::pin:
      return out.setPin(x.yes);
    case conversation_change::mute:
      return out.setMute(x.until);
    case conversation_change::hide:
      return out.setHide(x.yes);
  }
}

conversation read_conversation(schema::ServerFrame::Conversation::Reader x) {
  return {read_id<conversation_id>(x.getId()),
          static_cast<conversation_kind>(x.getKind()),
          view(x.getTitle()),
          x.getHead(),
          x.getRead(),
          x.getUnread(),
          x.getFirstSeq(),
          x.getLastSeq(),
          view(x.getLast()),
          x.getMentions(),
          x.getActive(),
          x.getPinned(),
          x.getMutedUntil(),
          x.getHidden(),
          x.getTrimmed()};
}

void write_conversation(schema::ServerFrame::Conversation::Builder out, const conversation& x) {
  write_id(out.initId(), x.id);
  out.setKind(static_cast<schema::ServerFrame::Conversation::Kind>(x.kind));
  set_text(out.initTitle(count_of(x.title)), x.title);
  out.setHead(x.head);
  out.setRead(x.read);
  out.setUnread(x.unread);
  out.setFirstSeq(x.first_seq);
  out.setLastSeq(x.last_seq);
  out.setLast(as_data(x.last));
  out.setMentions(x.mentions);
  out.setActive(x.active);
  out.setPinned(x.pinned);
  out.setMutedUntil(x.muted_until);
  out.setHidden(x.hidden);
  out.setTrimmed(x.trimmed);
}

conversations_page read_conversations_page(schema::ServerFrame::ConversationsPage::Reader x) {
  conversations_page page{
    {}, x.getMore(), x.getTotal(), x.getUnread(), x.getMutedUnread(), x.getMentions()};
  for (auto y : x.getConversations())
    page.conversations.push_back(read_conversation(y));
  return page;
}

void write_conversations_page(schema::ServerFrame::ConversationsPage::Builder out,
                              const conversations_page& x) {
  auto list = out.initConversations(count_of(x.conversations));
  for (capnp::uint i = 0; i < list.size(); ++i)
    write_conversation(list[i], x.conversations[i]);
  out.setMore(x.more);
  out.setTotal(x.total);
  out.setUnread(x.unread);
  out.setMutedUnread(x.muted_unread);
  out.setMentions(x.mentions);
}

} // namespace parley::wire
