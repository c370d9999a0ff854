#pragma once

#include <cstddef>
#include <string_view>

namespace parley::peers::xml {

/// What stands at the start of an XMPP stream, just inside its outermost element.
struct piece {
  enum kind { incomplete, skipped, stanza, end_of_stream };

  kind what = incomplete;
  size_t begin = 0; ///< Of a stanza.
  size_t end = 0;   ///< Bytes that it takes, with what stands before it.
};

/// Knows as much of XML as servers write to clients: no comments, no CDATA.
/// White space, declarations and the stream's own start tag are skipped.
piece first_piece(std::string_view bytes);

/// Whether the element is called so.
bool is(std::string_view stanza, std::string_view name);

bool contains(std::string_view stanza, std::string_view words);

/// Whether it has this attribute, in either quotes; looks only at `text`'s letters.
bool has_attribute(std::string_view text, std::string_view name, std::string_view value);

/// The value of an attribute of the outermost element; empty if there is none.
std::string_view attribute(std::string_view stanza, std::string_view name);

} // namespace parley::peers::xml
