#include "actors/core/inbox.hpp"
#include "schema/codec.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// The user's files: how much there may be, which they are, and which of them messages
// name. The bytes are the keeper's (core/file_keeper.hpp).
//
//   putFile --allowed?--> put_piece --> keeper ... file_held --> row --> stored
//   room: check_file ---------> kept? ------------------------> file_checked
//   courier: naming_change ---> names + 1, or - 1; 0: the grace begins
//   keeper: unneeded_file ----> the grace is over: no row any more
//
// What changes a row reads it first, so one change follows the other.

namespace parley::core {

namespace {

template <class T>
std::optional<T> first(const rows& found, size_t query) {
  auto& rows = found.results[query];
  return rows.empty() ? std::nullopt : record::decode<T>(rows[0].value.bytes());
}

query row_at(const key& x) {
  return {keys::with_prefix(x)};
}

} // namespace

// -- who may have a file ----------------------------------------------------------------

void inbox::decide(const waiting_request& x, const wire::put_file& body) {
  auto file = file_ref::of(body.hash, body.size);
  if (!file)
    return refuse(x, ec::malformed);
  if (admitted_.contains(*file))
    return put(x, *file, body);
  admit({x.from->session, x.what.number}, *file, [this, x, file = *file] {
    if (admitted_.size() >= limits::uploads_per_user)
      admitted_.clear(); // They are admitted again.
    admitted_.insert(file);
    put(x, file, std::get<wire::put_file>(x.what.body));
  });
}

void inbox::put(const waiting_request& x, const file_ref& file, const wire::put_file& body) {
  out_->files.push_back(
    put_piece{{x.from->session, x.what.number}, id_, file, body.offset, body.data, x.what.bytes});
}

void inbox::on(const take_file& x) {
  last_used_ = now_.steady;
  admit(x.to, x.file, [this, x] { out_->files.push_back(copy_file{x.to, id_, x.file, x.home}); });
}

/// Answers if the user has it already, or may not have it.
void inbox::admit(const asker& from, const file_ref& file, std::function<void()> then) {
  load_rows({row_at(keys::kept_file(id_, file.id())), row_at(keys::file_usage(id_))},
            [this, from, file, then = std::move(then)](const rows& found) {
              if (auto kept = first<record::kept_file>(found, 0); kept && kept->file == file)
                commit({}, [this, from, file] { answer_file(from, file); });
              else if (auto code = room_for(file, found); code != ec::none)
                refuse_file(from, code);
              else
                then();
            });
}

/// Why a file cannot be had, from its row and the usage.
ec inbox::room_for(const file_ref& file, const rows& found) const {
  if (!found.results[0].empty())
    return ec::conflict; // Another one whose hash begins alike.
  if (file.size > file_rules_.file_bytes)
    return ec::too_large;
  auto used = first<record::file_usage>(found, 1).value_or(record::file_usage{});
  auto full =
    used.files >= limits::files_per_user || used.bytes + file.size > file_rules_.user_bytes;
  return full ? ec::quota_exceeded : ec::none;
}

void inbox::answer_file(const asker& to, const file_ref& file) {
  out_->answer(to.session, to.request,
               wire::encode_answer(to.request, wire::file_state{file.size, true}));
}

void inbox::refuse_file(const asker& to, ec code) {
  out_->answer(to.session, to.request, wire::encode_answer(to.request, wire::make_error(code)));
}

// -- what becomes of it --------------------------------------------------------------------

void inbox::on(const file_held& x) {
  last_used_ = now_.steady;
  change_files({row_at(keys::kept_file(id_, x.file.id())), row_at(keys::file_usage(id_))},
               [this, x](const rows& found) -> file_change {
                 admitted_.erase(x.file);
                 if (auto kept = first<record::kept_file>(found, 0); kept && kept->file == x.file)
                   return {{}, [this, x] { answer_file(x.to, x.file); }};
                 if (auto code = room_for(x.file, found); code != ec::none)
                   return {{}, [this, x, code] { refuse_file(x.to, code); }};
                 auto used = first<record::file_usage>(found, 1).value_or(record::file_usage{});
                 effect change;
                 change.put(keys::kept_file(id_, x.file.id()),
                            record::encode(record::kept_file{x.file, 0, now_.trusted()}));
                 change.put(keys::file_usage(id_), record::encode(record::file_usage{
                                                     used.bytes + x.file.size, used.files + 1}));
                 return {std::move(change), [this, x] { answer_file(x.to, x.file); }};
               });
}

/// Yes means that it will be here for long enough: if its grace is half over it begins
/// anew, before the answer.
void inbox::on(const check_file& x) {
  last_used_ = now_.steady;
  change_files({row_at(keys::kept_file(id_, x.file.id()))},
               [this, x](const rows& found) -> file_change {
                 auto kept = first<record::kept_file>(found, 0);
                 auto known = kept && kept->file == x.file;
                 effect change;
                 if (known && kept->names == 0
                     && now_.trusted() > kept->since + file_rules_.grace.count() / 2) {
                   kept->since = now_.trusted();
                   change.put(keys::kept_file(id_, x.file.id()), record::encode(*kept));
                 }
                 return {std::move(change), [this, x, known] {
                           out_->rooms.push_back({x.asker, file_checked{id_, x.file, known}});
                         }};
               });
}

void inbox::on(const naming_change& x) {
  last_used_ = now_.steady;
  std::vector<query> queries;
  for (auto& y : x.files) {
    queries.push_back(row_at(keys::naming(id_, x.conversation, y.seq)));
    queries.push_back(row_at(keys::kept_file(id_, y.file.id())));
  }
  change_files(std::move(queries), [this, x](const rows& found) -> file_change {
    auto confirm = [this, x] {
      out_->tell_courier(shard_of(x.conversation),
                         outbox_confirmed{x.conversation, x.version, id_});
    };
    return {renamed(x, found), confirm};
  });
}

/// The rows of a naming_change that is new.
effect inbox::renamed(const naming_change& x, const rows& found) const {
  effect change;
  std::map<file_id, record::kept_file> files;
  for (size_t i = 0; i < x.files.size(); ++i) {
    auto& now = x.files[i];
    auto before = first<record::naming>(found, 2 * i).value_or(record::naming{});
    if (before.version >= x.version)
      continue;
    change.put(keys::naming(id_, x.conversation, now.seq),
               record::encode(record::naming{x.version, now.named}));
    auto kept = first<record::kept_file>(found, 2 * i + 1);
    if (!kept || kept->file != now.file || before.named == now.named)
      continue;
    auto& file = files.try_emplace(now.file.id(), *kept).first->second;
    file.names += now.named ? 1 : -1;
    file.since = now_.trusted();
  }
  for (auto& [id, file] : files)
    change.put(keys::kept_file(id_, id), record::encode(file));
  return change;
}

void inbox::on(const unneeded_file& x) {
  last_used_ = now_.steady;
  change_files({row_at(keys::kept_file(id_, x.file)), row_at(keys::file_usage(id_))},
               [this, x](const rows& found) -> file_change {
                 auto kept = first<record::kept_file>(found, 0);
                 auto used = first<record::file_usage>(found, 1);
                 effect change;
                 if (kept && used && kept->names == 0
                     && now_.trusted() >= kept->since + file_rules_.grace.count()) {
                   change.erase(keys::kept_file(id_, x.file));
                   used->bytes -= std::min(used->bytes, kept->file.size);
                   used->files -= std::min<uint64_t>(used->files, 1);
                   change.put(keys::file_usage(id_), record::encode(*used));
                 }
                 return {std::move(change), [] {}};
               });
}

// -- one change after the other ---------------------------------------------------------

void inbox::change_files(std::vector<query> read, std::function<file_change(const rows&)> decide) {
  if (failed() || file_work_.size() >= limits::backlog)
    return; // Whoever asked asks again.
  file_work_.push_back({std::move(read), std::move(decide)});
  if (file_work_.size() == 1)
    next_file_change();
}

void inbox::next_file_change() {
  load_rows(file_work_.front().read, [this](const rows& found) {
    auto [change, then] = file_work_.front().decide(found);
    commit(std::move(change), [this, then = std::move(then)] {
      then();
      file_work_.pop_front();
      if (!file_work_.empty())
        next_file_change();
    });
  });
}

} // namespace parley::core
