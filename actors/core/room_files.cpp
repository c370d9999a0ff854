#include "actors/core/room.hpp"
#include "actors/core/visibility.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

// Who may name a file here, and who may read one that is named. A message names a file
// of who sent it: only that user's inbox can say whether there is one, and it hears
// through the outbox which messages name it.

namespace parley::core {

namespace {

/// Outbox rows about files stand beside those about members of the same seq.
constexpr uint64_t of_files = uint64_t{1} << 63;

std::optional<file_ref> file_in(const wire::content& x) {
  auto file = x.extra ? std::get_if<wire::file>(&x.extra->thing) : nullptr;
  return file != nullptr ? file_ref::of(file->hash, file->size) : std::nullopt;
}

/// What a stored message says, an edit included; nothing if it is neither, or gone.
const wire::content* content_of(const wire::message& x) {
  if (auto revision = std::get_if<wire::revision>(&x.body))
    return revision->kind == wire::revision_kind::edit ? &revision->content : nullptr;
  return std::get_if<wire::content>(&x.body);
}

} // namespace

// -- naming ---------------------------------------------------------------------------

bool room::file_known(user_id user, const wire::content& x) {
  auto file = file_in(x);
  if (!rules_.check_files || !file || checked_files_.contains({user, *file}))
    return true;
  if (asked_files_.insert({user, *file}).second) {
    asked_at_ = asked_files_at_ = now_.steady;
    out_->inboxes.push_back({user, check_file{id_, *file}});
  }
  return false;
}

void room::on(const file_checked& x) {
  if (asked_files_.erase({x.user, x.file}) == 0)
    return;
  checked_files_[{x.user, x.file}] = x.kept ? ec::none : ec::unknown_file;
  run();
}

/// Again; but others do not wait for ever for somebody whose shard cannot be reached.
void room::ask_for_files() {
  if (now_.steady >= asked_files_at_ + limits::answer_within) {
    for (auto& asked : std::exchange(asked_files_, {}))
      checked_files_[asked] = ec::retry;
    return run();
  }
  for (auto& [user, file] : asked_files_)
    out_->inboxes.push_back({user, check_file{id_, file}});
}

ec room::may_name(user_id user, const wire::content& x) const {
  auto file = file_in(x);
  if (!rules_.check_files || !file)
    return ec::none;
  auto at = checked_files_.find({user, *file});
  return at == checked_files_.end() ? ec::unknown_file : at->second;
}

/// The message or edit that is stored next.
void room::put_naming(user_id user, const wire::content& x) {
  if (auto file = file_in(x); file && rules_.check_files)
    put_namings(user, head_ + 1, {{head_ + 1, *file, true}});
}

void room::put_namings(user_id keeper, seq_t by, std::vector<record::named_file> files) {
  if (files.empty())
    return;
  outbox_added news{{id_, by | of_files, conversation_->kind, {}, keeper, std::move(files)}, {}, 0};
  building().what.put(keys::outbox(id_, by | of_files), record::encode(news.row));
  building().outbox.push_back(std::move(news));
}

void room::note_file(const wire::message& x, std::vector<record::named_file>& out) {
  auto content = content_of(x);
  if (auto file = content != nullptr ? file_in(*content) : std::nullopt)
    out.push_back({x.seq, *file, false});
}

// -- reading --------------------------------------------------------------------------

void room::decide(const waiting_request& x, const wire::get_file& body) {
  find_file(x, body.seq, [this, x, offset = body.offset](const file_ref& file, shard_id home) {
    out_->files.push_back(get_piece{{x.from->session, x.what.number}, file, home, offset});
  });
}

void room::decide(const waiting_request& x, const wire::keep_file& body) {
  find_file(x, body.seq, [this, x](const file_ref& file, shard_id home) {
    out_->inboxes.push_back(
      {x.from->user, take_file{{x.from->session, x.what.number}, file, home}});
  });
}

/// The file that a message names which the user can see, and whose nodes have it.
void room::find_file(const waiting_request& x, seq_t seq,
                     std::function<void(const file_ref&, shard_id)> then) {
  if (!members_.contains(x.from->user))
    return refuse(x, conversation_ ? ec::not_member : ec::unknown_conversation);
  if (seq == 0 || seq > committed_head_ || !sees(x.from->user, seq))
    return refuse(x, ec::unknown_file);
  read(x, {{keys::messages(id_, seq, seq)}, {keys::hidden(id_, x.from->user, seq, seq)}},
       [this, x, then = std::move(then)](const rows& found) {
         auto stored = found.results[0].empty() || !found.results[1].empty()
                         ? std::nullopt
                         : wire::decode_server(found.results[0][0].value);
         auto message = stored ? std::get_if<wire::message>(&stored->body) : nullptr;
         auto content = message != nullptr ? content_of(*message) : nullptr;
         auto file = content != nullptr ? file_in(*content) : std::nullopt;
         if (!file)
           return refuse(x, ec::unknown_file);
         then(*file, shard_of(message->sender));
       });
}

} // namespace parley::core
