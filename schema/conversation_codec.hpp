#pragma once

#include "schema/client.capnp.h"
#include "schema/wire.hpp"

// The conversation list between client.capnp and plain values: a part of codec.cpp
// that has a file of its own. Nobody else includes this.

namespace parley::wire {

list_conversations read_conversation_list(schema::ClientFrame::ConversationsRequest::Reader x);
void write_conversation_list(schema::ClientFrame::ConversationsRequest::Builder out,
                             const list_conversations& x);

client_body read_conversation_change(schema::ClientFrame::ChangeConversation::Reader x);
void write_conversation_change(schema::ClientFrame::ChangeConversation::Builder out,
                               const change_conversation& x);

conversation read_conversation(schema::ServerFrame::Conversation::Reader x);
void write_conversation(schema::ServerFrame::Conversation::Builder out, const conversation& x);

conversations_page read_conversations_page(schema::ServerFrame::ConversationsPage::Reader x);
void write_conversations_page(schema::ServerFrame::ConversationsPage::Builder out,
                              const conversations_page& x);

} // namespace parley::wire
