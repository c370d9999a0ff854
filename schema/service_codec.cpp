#include "schema/service_codec.hpp"

#include "schema/message_codec.hpp"

namespace parley::wire {

std::optional<broadcast> read_broadcast(schema::ClientFrame::Broadcast::Reader x) {
  auto what = read_content(x.getContent());
  if (!what)
    return std::nullopt;
  return broadcast{x.getCounter(), x.getPrevious(), *std::move(what)};
}

void write_broadcast(schema::ClientFrame::Broadcast::Builder out, const broadcast& x) {
  out.setCounter(x.counter);
  out.setPrevious(x.previous);
  write_content(out.initContent(), x.content);
}

confirm_notices read_confirmation(schema::ClientFrame::ConfirmNotices::Reader x) {
  confirm_notices result;
  for (auto y : x.getNotices())
    result.notices.push_back({y.getTime(), read_id<user_id>(y.getUser()),
                              read_id<conversation_id>(y.getConversation()), y.getSeq()});
  return result;
}

void write_confirmation(schema::ClientFrame::ConfirmNotices::Builder out,
                        const confirm_notices& x) {
  auto list = out.initNotices(count_of(x.notices));
  for (capnp::uint i = 0; i < list.size(); ++i) {
    list[i].setTime(x.notices[i].time);
    write_id(list[i].initUser(), x.notices[i].user);
    write_id(list[i].initConversation(), x.notices[i].conversation);
    list[i].setSeq(x.notices[i].seq);
  }
}

notices_page read_notices_page(schema::ServerFrame::NoticesPage::Reader x) {
  notices_page page;
  for (auto y : x.getNotices())
    page.notices.push_back({{y.getTime(), read_id<user_id>(y.getUser()),
                             read_id<conversation_id>(y.getConversation()), y.getSeq()},
                            view(y.getName()),
                            static_cast<conversation_kind>(y.getKind()),
                            view(y.getTitle()),
                            view(y.getSender()),
                            y.getUnread(),
                            y.getMentions(),
                            y.getMentioned()});
  return page;
}

void write_notices_page(schema::ServerFrame::NoticesPage::Builder out, const notices_page& x) {
  auto list = out.initNotices(count_of(x.notices));
  for (capnp::uint i = 0; i < list.size(); ++i) {
    auto& from = x.notices[i];
    list[i].setTime(from.at.time);
    write_id(list[i].initUser(), from.at.user);
    set_text(list[i].initName(count_of(from.name)), from.name);
    write_id(list[i].initConversation(), from.at.conversation);
    list[i].setKind(static_cast<schema::ServerFrame::Conversation::Kind>(from.kind));
    set_text(list[i].initTitle(count_of(from.title)), from.title);
    set_text(list[i].initSender(count_of(from.sender)), from.sender);
    list[i].setSeq(from.at.seq);
    list[i].setUnread(from.unread);
    list[i].setMentions(from.mentions);
    list[i].setMentioned(from.mentioned);
  }
}

} // namespace parley::wire
