#pragma once

#include "schema/error.hpp"
#include "schema/wire.hpp"

namespace parley::core {

/// Whether a request is within its limits (schema/limits.hpp), whoever sent it and
/// whatever the engine holds. Sessions ask before anything else; what comes
/// after may rely on it: names that are names, texts that are UTF-8, lists that
/// end.
ec check_request(const wire::client_body& x);

/// Requests that are answered with a page take a page's worth of credit.
bool wants_page(const wire::client_body& x);

/// Pieces of files have a share of the node's credit, and no more.
bool moves_piece(const wire::client_body& x);

/// The format of rows (record::format_version) that all nodes must have before this
/// is taken: what comes of it, earlier builds cannot read.
uint16_t needed_format(const wire::client_body& x);

} // namespace parley::core
