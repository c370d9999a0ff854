#pragma once

#include "schema/client.capnp.h"
#include "schema/wire.hpp"

#include <optional>

// What service accounts ask for, between client.capnp and plain values: a part of
// codec.cpp that has a file of its own. Nobody else includes this.

namespace parley::wire {

/// Nothing if the content is of a kind that this side does not know.
std::optional<broadcast> read_broadcast(schema::ClientFrame::Broadcast::Reader x);
void write_broadcast(schema::ClientFrame::Broadcast::Builder out, const broadcast& x);

confirm_notices read_confirmation(schema::ClientFrame::ConfirmNotices::Reader x);
void write_confirmation(schema::ClientFrame::ConfirmNotices::Builder out, const confirm_notices& x);

notices_page read_notices_page(schema::ServerFrame::NoticesPage::Reader x);
void write_notices_page(schema::ServerFrame::NoticesPage::Builder out, const notices_page& x);

} // namespace parley::wire
