#pragma once

#include "schema/client.capnp.h"
#include "schema/wire.hpp"

// Contacts between client.capnp and plain values: a part of codec.cpp that has a
// file of its own. Nobody else includes this.

namespace parley::wire {

client_body read_contact_change(schema::ClientFrame::ChangeContact::Reader x);
void write_contact_change(schema::ClientFrame::ChangeContact::Builder out, const change_contact& x);

list_contacts read_contact_list(schema::ClientFrame::ContactsRequest::Reader x);
void write_contact_list(schema::ClientFrame::ContactsRequest::Builder out, const list_contacts& x);

contact read_contact(schema::ServerFrame::Contact::Reader x);
void write_contact(schema::ServerFrame::Contact::Builder out, const contact& x);

contacts_page read_contacts_page(schema::ServerFrame::ContactsPage::Reader x);
void write_contacts_page(schema::ServerFrame::ContactsPage::Builder out, const contacts_page& x);

} // namespace parley::wire
