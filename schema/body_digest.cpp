#include "schema/body_digest.hpp"

#include "schema/identity.hpp"

#include <bit>
#include <string>

namespace parley {

namespace {

// No kind of a custom body begins so: it is no UTF-8.
constexpr std::string_view content_kind = "\xff"
                                          "content";
constexpr std::string_view revision_kind = "\xff"
                                           "revision";

/// Parts, each with its length in front, so that none runs into the next.
class parts {
public:
  parts& add(uint64_t x) {
    for (int shift = 0; shift < 64; shift += 8)
      bytes_.push_back(static_cast<char>(x >> shift));
    return *this;
  }

  parts& add(std::string_view x) {
    add(x.size());
    bytes_.append(x);
    return *this;
  }

  uint64_t digest(std::string_view kind) const {
    return digest_of(kind, bytes_);
  }

private:
  std::string bytes_;
};

struct thing_adder {
  parts& to;

  void operator()(std::monostate) const {
    // nop
  }

  void operator()(const wire::file& x) const {
    to.add(x.name).add(x.type).add(x.size).add(x.hash);
  }

  void operator()(const wire::location& x) const {
    to.add(std::bit_cast<uint64_t>(x.latitude)).add(std::bit_cast<uint64_t>(x.longitude));
    to.add(x.label);
  }
};

} // namespace

uint64_t digest_of(const wire::content& x) {
  if (!x.extra)
    return digest_of(x.kind, x.body);
  parts all;
  all.add(x.kind).add(x.body).add(x.extra->thing.index());
  std::visit(thing_adder{all}, x.extra->thing);
  all.add(x.extra->reply_to).add(x.extra->mentions.size());
  for (auto name : x.extra->mentions)
    all.add(name);
  all.add(x.extra->forwarded);
  return all.digest(content_kind);
}

uint64_t digest_of(const wire::revision& x) {
  parts all;
  all.add(x.target).add(static_cast<uint64_t>(x.kind)).add(digest_of(x.content)).add(x.reaction);
  return all.digest(revision_kind);
}

} // namespace parley
