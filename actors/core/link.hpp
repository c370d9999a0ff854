#pragma once

#include "actors/core/mail_codec.hpp"
#include "schema/peer_frame.hpp"

#include <chrono>
#include <unordered_map>
#include <vector>

namespace parley::core {

/// What a node is to other nodes.
struct node_self {
  uint64_t cluster = 0;
  node_id node;
  uint64_t life = 0; ///< Start count.
  uint64_t disk = 0; ///< As in record::node_identity.
};

/// One node's end of what it exchanges with another: numbers what goes out,
/// bounds what is on its way, and notices on either side that something may
/// have been lost. The network below keeps order and may break at any time.
///
///   closed --connected--> open --disconnected, refused, window full, silence--> closed
///
/// What is said while the link is closed is lost, and the last that was said
/// before may be. Then the link that opens next has a new number, by which both
/// sides learn of it (`renewed`, `arrival::renewed`); whoever may have lost
/// something asks again. So nothing is kept for a node that is away.
class link {
public:
  using time = std::chrono::microseconds;

  /// What came in one frame.
  struct arrival {
    bool renewed = false; ///< What came before may not have been all.
    std::vector<raft_letter> letters;
    std::vector<node_mail> mails;
  };

  /// Links of a later life are newer.
  explicit link(const node_self& self);

  void connected(time now);
  void disconnected();

  /// The other side does not listen, now: what was on its way is lost. It is
  /// tried again with a new link, for the old one would never be confirmed.
  void refused(time now);

  /// Whether what is said now would go out.
  bool open(time now) const;

  /// In this order on the other side, letters before mail.
  void say(raft_letter x);
  void say(std::vector<node_mail>&& mails);

  /// The frames to send, of some limits::peer_frame_bytes each. Also says what
  /// arrived, if there is much to confirm or `confirm` asks for it.
  std::vector<frame> take(time now, bool confirm);

  /// Whether a new link began since the last question.
  bool renewed() noexcept;

  /// Takes in a frame that came from the other side.
  arrival hear(peer_frame&& x, time now);

private:
  void begin(time now);
  void pack(std::vector<frame>& out);

  node_self self_;
  bool connected_ = false;
  bool lost_ = false;
  bool renewed_ = false;

  // What goes out.
  link_number link_;
  uint64_t number_ = 0;
  uint64_t sent_ = 0;      ///< Bytes of letters and mail on this link ...
  uint64_t confirmed_ = 0; ///< ... and those that arrived.
  time refused_until_{};
  time progress_at_{}; ///< When something was confirmed, or nothing was on its way.
  std::vector<raft_letter> letters_;
  std::vector<node_mail> mails_;
  std::unordered_map<const burst*, size_t> tells_; ///< Where in mails_ a burst is told.

  // What comes in.
  link_number heard_link_ = 0;
  uint64_t heard_number_ = 0;
  uint64_t taken_ = 0;
  uint64_t taken_told_ = 0;
};

} // namespace parley::core
