#include "schema/contact_codec.hpp"

#include "schema/message_codec.hpp"

namespace parley::wire {

client_body read_contact_change(schema::ClientFrame::ChangeContact::Reader x) {
  using which = schema::ClientFrame::ChangeContact;
  change_contact result{view(x.getName())};
  switch (x.which()) {
    case which::REQUEST:
      result.what = contact_change::request;
      result.text = view(x.getRequest());
      return result;
    case which::WITHDRAW:
      result.what = contact_change::withdraw;
      return result;
    case which::ACCEPT:
      result.what = contact_change::accept;
      return result;
    case which::REJECT:
      result.what = contact_change::reject;
      return result;
    case which::REMOVE:
      result.what = contact_change::remove;
      return result;
    case which::BLOCK:
      result.what = contact_change::block;
      return result;
    case which::UNBLOCK:
      result.what = contact_change::unblock;
      return result;
    case which::REMARK:
      result.what = contact_change::remark;
      result.text = view(x.getRemark());
      return result;
  }
  return unknown{static_cast<uint16_t>(x.which())};
}

void write_contact_change(schema::ClientFrame::ChangeContact::Builder out,
                          const change_contact& x) {
  set_text(out.initName(count_of(x.name)), x.name);
  switch (x.what) {
    case contact_change::request:
      return set_text(out.initRequest(count_of(x.text)), x.text);
    case contact_change::withdraw:
      return out.setWithdraw();
    case contact_change::accept:
      return out.setAccept();
    case contact_change::reject:
      return out.setReject();
    case contact_change::remove:
      return out.setRemove();
    case contact_change::block:
      return out.setBlock();
    case contact_change::unblock:
      return out.setUnblock();
    case contact_change::remark:
      return set_text(out.initRemark(count_of(x.text)), x.text);
  }
}

list_contacts read_contact_list(schema::ClientFrame::ContactsRequest::Reader x) {
  return {read_id<user_id>(x.getAfter()), x.getLimit(), static_cast<contact_list>(x.getWhich())};
}

void write_contact_list(schema::ClientFrame::ContactsRequest::Builder out, const list_contacts& x) {
  write_id(out.initAfter(), x.after);
  out.setLimit(x.limit);
  out.setWhich(static_cast<schema::ClientFrame::ContactsRequest::Which>(x.which));
}

contact read_contact(schema::ServerFrame::Contact::Reader x) {
  return {read_id<user_id>(x.getUser()),
          view(x.getName()),
          static_cast<contact_state>(x.getState()),
          x.getSince(),
          view(x.getGreeting()),
          view(x.getRemark()),
          x.getBlocked()};
}

void write_contact(schema::ServerFrame::Contact::Builder out, const contact& x) {
  write_id(out.initUser(), x.user);
  set_text(out.initName(count_of(x.name)), x.name);
  out.setState(static_cast<schema::ServerFrame::Contact::State>(x.state));
  out.setSince(x.since);
  set_text(out.initGreeting(count_of(x.greeting)), x.greeting);
  set_text(out.initRemark(count_of(x.remark)), x.remark);
  out.setBlocked(x.blocked);
}

contacts_page read_contacts_page(schema::ServerFrame::ContactsPage::Reader x) {
  contacts_page page{{}, x.getMore(), x.getTotal()};
  for (auto y : x.getContacts())
    page.contacts.push_back(read_contact(y));
  return page;
}

void write_contacts_page(schema::ServerFrame::ContactsPage::Builder out, const contacts_page& x) {
  auto list = out.initContacts(count_of(x.contacts));
  for (capnp::uint i = 0; i < list.size(); ++i)
    write_contact(list[i], x.contacts[i]);
  out.setMore(x.more);
  out.setTotal(x.total);
}

} // namespace parley::wire
