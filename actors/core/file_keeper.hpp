#pragma once

#include "actors/core/actions.hpp"
#include "actors/core/fifo.hpp"
#include "persistence/file_store.hpp"
#include "persistence/store.hpp"
#include "schema/file_letter.hpp"
#include "schema/peer_frame.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace parley::core {

/// What a keeper knows of the cluster; all of it may be a little old.
struct file_places {
  node_id self;
  std::function<bool(shard_id)> holds; ///< Whether the shard's rows are here.
  std::function<node_id(shard_id)> leader;
  std::function<size_t()> copies; ///< Nodes that must have a file before it is stored.
  std::function<std::vector<node_id>()> others;
};

/// What follows from steps. The host carries it out.
struct keeper_actions {
  std::vector<std::pair<node_id, raft_letter>> letters;
  std::vector<parcel> parcels;
  std::vector<inbox_mail> inboxes;
  std::vector<std::string> damaged; ///< Which files are not what they were, or cannot be.
  std::vector<std::string> mended;  ///< Files that came because they should be here.

  void answer(const asker& to, wire::server_body body);
};

/// Keeps the files of one node (persistence/file_store.hpp), and copies of them on
/// other nodes.
///
///   client --put_piece--> upload --+--> read <-- other nodes with the rows of its user
///                           |      |             (each its own upload of the same file)
///                      complete? check
///                           |
///                         whole --held by enough?--> file_held --> the user's inbox
///
/// The node that leads the user's shard takes the pieces; the others fetch what it has
/// got while more comes, one piece after the other, and each checks the whole. So a
/// node that becomes the leader in the middle goes on nearly where the last one was.
/// A file that should be here and is not is fetched likewise, from whoever has it
/// (file_keeper_sweep.cpp).
///
/// What is in memory is an index of what is on disk, and who waits. It blocks, as the
/// disk does.
class file_keeper {
public:
  file_keeper(file_store& files, const row_view& rows, file_places places, file_rules rules);

  void step(file_job&& x, moment now, keeper_actions& out);
  void hear(node_id from, const file_letter& x, shard_id shard, moment now, keeper_actions& out);
  void tick(moment now, keeper_actions& out);

  /// Checks a part of a complete upload.
  void check_some(moment now, keeper_actions& out);

  bool has_to_check() const noexcept {
    return !checks_.empty();
  }

  /// Until the next tick.
  std::chrono::microseconds pace() const;

private:
  using time = std::chrono::microseconds;

  /// Who waits until a file is on enough disks, for a user.
  struct end_asker : asker {
    user_id user;
  };

  /// A file that is coming, or has come.
  struct upload {
    shard_id shard; ///< Whose nodes are to have it.
    uint64_t length = 0;
    bool whole = false; ///< Checked, and among the contents.
    std::unique_ptr<file_store::completion> check;
    std::vector<end_asker> askers;

    node_id from;                ///< Where it is fetched; nobody: a client puts it.
    std::vector<node_id> others; ///< Who else may have it.
    time asked_at{};
    bool mends = false;  ///< It should be here.
    bool unsure = false; ///< Somebody who was asked did not answer.

    bool grown = false;                             ///< Others have not been told.
    std::set<std::pair<shard_id, node_id>> holders; ///< Who has it, and which rows.
    std::map<node_id, uint64_t> readers;            ///< Who waits for the piece at which offset.
    time used_at{};
  };

  /// A piece for a client that another node has.
  struct fetch {
    asker to;
    file_ref file;
    shard_id home;
    uint64_t offset = 0;
    std::vector<node_id> others; ///< Whom to ask next.
    node_id asked;
    time asked_at{};
    ec otherwise = ec::unknown_file; ///< If nobody has it.
  };

  // Uploads.
  void on(put_piece&& x);
  void on(get_piece&& x);
  void on(copy_file&& x);
  upload& open(const upload_key& key, shard_id shard);
  status add(const upload_key& key, upload& x, uint64_t offset, std::string_view data);
  void want(const file_ref& file);
  void go_on(const upload_key& key, upload& x);
  void check(const upload_key& key, upload& x);
  void checked(const upload_key& key, upload& x, const status& result);
  bool has_enough(const upload& x, shard_id shard) const;
  void refuse_askers(upload& x, ec code);
  void look_after_uploads();

  // Copies (file_keeper_copies.cpp).
  void on_want(node_id from, const file_letter& x, shard_id shard);
  void on_read(node_id from, const file_letter& x, shard_id shard);
  void on_part(node_id from, const file_letter& x);
  void on_absent(node_id from, const file_letter& x);
  void want_copies(const upload_key& key, const upload& x);
  void serve_readers(const upload_key& key, upload& x);
  void ask_for_piece(const upload_key& key, upload& x);
  void ask_another(const upload_key& key, upload& x);
  void ask_another(fetch& x);
  void end(fetch& x, ec code);
  void look_after_fetches();
  bool read_content(const file_ref& file, uint64_t offset, std::string& out, ec& why);
  void say(node_id to, shard_id shard, file_word what, const upload_key& key, uint64_t offset = 0,
           std::string data = {});
  std::vector<node_id> who_may_have(shard_id home) const;

  // What should be here (file_keeper_sweep.cpp).
  void sweep();
  void mend(const file_ref& file, shard_id shard);

  file_store& files_;
  const row_view& rows_;
  file_places places_;
  file_rules rules_;

  std::map<upload_key, upload> uploads_;
  fifo<upload_key> checks_; ///< One step of each in turn.
  std::vector<fetch> fetches_;
  time began_at_ = never; ///< To tick.
  time look_at_{};
  unsigned next_bucket_ = 0;
  unsigned hurry_;    ///< Buckets to look at soon.
  uint64_t held_ = 0; ///< Shards whose rows were here when it was looked last.

  moment now_;
  keeper_actions* out_ = nullptr;
};

} // namespace parley::core
