#include "actors/core/link.hpp"

#include "schema/limits.hpp"

#include <utility>

namespace parley::core {

namespace {

/// Links of one start of a node.
constexpr unsigned link_bits = 32;

/// What is heard without being confirmed at once.
constexpr uint64_t confirm_bytes = limits::peer_window_bytes / 64;

uint64_t payload_of(const peer_frame& x) {
  uint64_t bytes = x.mails.size_bytes();
  for (auto& letter : x.letters)
    bytes += letter.bytes.size_bytes();
  return bytes;
}

/// Bytes of the frames in a mail: nearly all of it, where it is large.
struct mail_weight {
  size_t operator()(const room_mail& x) const {
    return weight(x.what);
  }

  size_t operator()(const inbox_mail& x) const {
    return weight(x.what);
  }

  size_t operator()(const courier_mail&) const {
    return 64;
  }

  size_t operator()(const tell& x) const {
    size_t bytes = x.to.size() * sizeof(user_id);
    if (auto shown = std::get_if<show>(&x.what))
      return bytes + shown->bytes.size_bytes();
    for (auto& message : std::get<notice>(x.what).what->messages)
      bytes += message.bytes.size_bytes();
    return bytes;
  }

  size_t operator()(const parcel& x) const {
    size_t bytes = 64;
    for (auto& item : x.frames)
      bytes += item.bytes.size_bytes();
    return bytes;
  }

  template <class Event>
  static size_t weight(const Event& x) {
    size_t bytes = 64;
    if (auto asked = std::get_if<requests>(&x))
      for (auto& item : asked->items)
        bytes += item.bytes.size_bytes();
    return bytes;
  }
};

} // namespace

link::link(const node_self& self) : self_(self), link_(self.life << link_bits) {
  // nop
}

// -- the state of the link -------------------------------------------------------------

void link::begin(time now) {
  ++link_;
  number_ = sent_ = confirmed_ = 0;
  progress_at_ = now;
  lost_ = false;
  renewed_ = true;
}

void link::connected(time now) {
  connected_ = true;
  begin(now);
}

void link::disconnected() {
  connected_ = false;
  lost_ = true;
}

void link::refused(time now) {
  lost_ = true;
  sent_ = confirmed_ = 0;
  refused_until_ = now + limits::refused_again_after;
}

bool link::open(time now) const {
  if (!connected_ || now < refused_until_)
    return false;
  auto on_its_way = sent_ - confirmed_;
  auto silent = on_its_way > 0 && now >= progress_at_ + limits::peer_silence;
  return on_its_way < limits::peer_window_bytes && !silent;
}

bool link::renewed() noexcept {
  return std::exchange(renewed_, false);
}

// -- out --------------------------------------------------------------------------------

void link::say(raft_letter x) {
  letters_.push_back(std::move(x));
}

void link::say(std::vector<node_mail>&& mails) {
  for (auto& mail : mails) {
    // A burst for members in many shards crosses once.
    if (auto told = std::get_if<tell>(&mail))
      if (auto what = std::get_if<notice>(&told->what)) {
        auto [at, added] = tells_.try_emplace(what->what.get(), mails_.size());
        if (!added) {
          auto& users = std::get<tell>(mails_[at->second]).to;
          users.insert(users.end(), told->to.begin(), told->to.end());
          continue;
        }
      }
    mails_.push_back(std::move(mail));
  }
}

std::vector<frame> link::take(time now, bool confirm) {
  std::vector<frame> result;
  if (!open(now)) {
    lost_ = lost_ || !letters_.empty() || !mails_.empty();
    letters_.clear();
    mails_.clear();
    // Or two that fell silent together would wait for each other for ever.
    if (connected_ && number_ != 0 && taken_ != taken_told_)
      pack(result);
  } else {
    if (lost_)
      begin(now);
    auto confirms = taken_ - taken_told_ >= confirm_bytes || (confirm && taken_ != taken_told_);
    if (!letters_.empty() || !mails_.empty() || confirms || number_ == 0)
      pack(result);
  }
  letters_.clear();
  mails_.clear();
  tells_.clear();
  return result;
}

void link::pack(std::vector<frame>& out) {
  auto letter = letters_.begin();
  auto mail = mails_.begin();
  do {
    peer_frame next{self_.cluster, self_.node, link_, ++number_, heard_link_,
                    taken_,        {},         {},    self_.disk};
    size_t bytes = 0;
    while (letter != letters_.end() && bytes < limits::peer_frame_bytes) {
      bytes += letter->bytes.size_bytes();
      next.letters.push_back(std::move(*letter++));
    }
    std::vector<node_mail> mails;
    while (mail != mails_.end() && bytes < limits::peer_frame_bytes) {
      bytes += std::visit(mail_weight{}, *mail);
      mails.push_back(std::move(*mail++));
    }
    if (!mails.empty())
      next.mails = encode_mails(mails);
    sent_ += payload_of(next);
    out.push_back(encode(next));
  } while (letter != letters_.end() || mail != mails_.end());
  taken_told_ = taken_;
}

// -- in ---------------------------------------------------------------------------------

link::arrival link::hear(peer_frame&& x, time now) {
  arrival result;
  if (x.cluster != self_.cluster || x.link < heard_link_)
    return result; // Of another cluster, or overtaken by a newer link.
  if (x.link != heard_link_ || x.number != heard_number_ + 1) {
    result.renewed = true;
    heard_link_ = x.link;
    taken_ = taken_told_ = 0;
  }
  heard_number_ = x.number;
  taken_ += payload_of(x);
  if (x.taken_link == link_ && x.taken > confirmed_) {
    confirmed_ = std::min(x.taken, sent_);
    progress_at_ = now;
  }
  if (confirmed_ == sent_)
    progress_at_ = now;
  result.letters = std::move(x.letters);
  if (!x.mails.empty()) {
    if (auto mails = decode_mails(x.mails.bytes()))
      result.mails = *std::move(mails);
    else
      result.renewed = true; // What it was is lost.
  }
  return result;
}

} // namespace parley::core
