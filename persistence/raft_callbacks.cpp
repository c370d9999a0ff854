#include "persistence/raft_engine.hpp"

#include <algorithm>
#include <utility>

// What libraft calls. None of this calls back into libraft: it looks at a
// request again after the call that made it.

namespace parley::raft {

namespace {

engine& engine_of(raft_io* io) {
  return *static_cast<engine*>(io->impl);
}

/// libraft insists on a buffer although the mark says it all.
int make_mark(raft_fsm*, raft_buffer** buffers, unsigned* count) {
  *buffers = static_cast<raft_buffer*>(raft_malloc(sizeof(raft_buffer)));
  (*buffers)[0] = to_buffer({});
  *count = 1;
  return 0;
}

int take_mark(raft_fsm*, raft_buffer* x) {
  raft_free(x->base);
  return 0;
}

} // namespace

void engine::set_callbacks() {
  io_ = {};
  io_.version = 2;
  io_.impl = this;
  io_.init = [](raft_io*, raft_id, const char*) { return 0; };
  io_.close = [](raft_io* io, raft_io_close_cb done) { engine_of(io).close_io(done); };
  io_.load = [](raft_io* io, raft_term* term, raft_id* vote, raft_snapshot** snapshot,
                raft_index* start, raft_entry** entries, size_t* count) {
    return engine_of(io).load(term, vote, snapshot, start, entries, count);
  };
  io_.start = [](raft_io* io, unsigned, raft_io_tick_cb tick, raft_io_recv_cb receive) {
    engine_of(io).library_tick_ = tick;
    engine_of(io).library_receive_ = receive;
    return 0;
  };
  io_.bootstrap = [](raft_io*, const raft_configuration*) { return int{RAFT_INVALID}; };
  io_.recover = [](raft_io*, const raft_configuration*) { return int{RAFT_INVALID}; };
  io_.set_term = [](raft_io* io, raft_term x) { return engine_of(io).save_term(x); };
  io_.set_vote = [](raft_io* io, raft_id x) { return engine_of(io).save_vote(x); };
  io_.send = [](raft_io* io, raft_io_send* request, const raft_message* x, raft_io_send_cb done) {
    return engine_of(io).send(request, *x, done);
  };
  io_.append = [](raft_io* io, raft_io_append* request, const raft_entry* entries, unsigned count,
                  raft_io_append_cb done) {
    return engine_of(io).append(request, entries, count, done);
  };
  io_.truncate = [](raft_io* io, raft_index from) { return engine_of(io).truncate(from); };
  io_.snapshot_put = [](raft_io* io, unsigned trailing, raft_io_snapshot_put* request,
                        const raft_snapshot* x, raft_io_snapshot_put_cb done) {
    return engine_of(io).put_snapshot(trailing, request, *x, done);
  };
  io_.snapshot_get = [](raft_io* io, raft_io_snapshot_get* request, raft_io_snapshot_get_cb done) {
    request->cb = done;
    engine_of(io).wanted_snapshots_.push_back(request);
    return 0;
  };
  io_.time = [](raft_io* io) { return static_cast<raft_time>(engine_of(io).now_.count()); };
  io_.random = [](raft_io* io, int low, int high) {
    return std::uniform_int_distribution{low, high}(engine_of(io).random_);
  };
  state_machine_ = {};
  state_machine_.version = 1;
  state_machine_.data = this;
  state_machine_.apply = [](raft_fsm* x, const raft_buffer* data, void** result) {
    *result = nullptr;
    return static_cast<engine*>(x->data)->apply(*data);
  };
  state_machine_.snapshot = make_mark;
  state_machine_.restore = take_mark;
}

int engine::load(raft_term* term, raft_id* vote, raft_snapshot** snapshot, raft_index* start,
                 raft_entry** entries, size_t* count) {
  *term = found_.state.current_term;
  *vote = found_.state.voted_for.value;
  *start = found_.first;
  *snapshot = nullptr;
  *entries = nullptr;
  *count = 0;
  std::vector<log_entry> decoded;
  kept_bytes_ = 0;
  for (auto& x : found_.entries) {
    kept_bytes_ += x.size_bytes();
    auto entry = decode_entry(x.bytes());
    if (!entry
        || (entry->kind == entry_kind::configuration && configuration_bytes(entry->data) == 0))
      return RAFT_CORRUPT;
    decoded.push_back(*entry);
  }
  if (found_.snapshot) {
    *snapshot = static_cast<raft_snapshot*>(raft_malloc(sizeof(raft_snapshot)));
    **snapshot = to_library(*found_.snapshot);
  }
  if (decoded.empty())
    return 0;
  *count = decoded.size();
  *entries = static_cast<raft_entry*>(raft_calloc(decoded.size(), sizeof(raft_entry)));
  for (size_t i = 0; i < decoded.size(); ++i)
    (*entries)[i] = to_library(decoded[i]);
  return 0;
}

int engine::save_term(raft_term term) {
  state_ = {term, {}};
  last_state_write_ = emit(save_state{state_});
  return 0;
}

int engine::save_vote(raft_id vote) {
  state_.voted_for = node_id{vote};
  last_state_write_ = emit(save_state{state_});
  return 0;
}

int engine::send(raft_io_send* request, const raft_message& x, raft_io_send_cb done) {
  node_id to{x.server_id};
  auto is_result = x.type == RAFT_IO_APPEND_ENTRIES_RESULT || x.type == RAFT_IO_REQUEST_VOTE_RESULT;
  if (!unreachable_.contains(to)) {
    auto letter = letter_from(x);
    held_.push_back({last_state_write_, {to, encode(letter)}});
  } else if (!is_result || !options_.guards.lose_results_silently) { // G8
    return RAFT_NOCONNECTION;
  }
  if (done != nullptr) {
    request->cb = done;
    sent_.push_back(request);
  }
  return 0;
}

message engine::letter_from(const raft_message& x) {
  message result{options_.self, node_id{x.server_id}, raft_.current_term, {}};
  switch (x.type) {
    case RAFT_IO_REQUEST_VOTE: {
      auto& y = x.request_vote;
      result.term = y.term;
      result.body = request_vote{y.last_log_index, y.last_log_term, y.pre_vote, y.disrupt_leader};
      break;
    }
    case RAFT_IO_REQUEST_VOTE_RESULT: {
      auto& y = x.request_vote_result;
      auto refused_pre_vote = y.pre_vote == raft_tribool_true && !y.vote_granted;
      result.term = refused_pre_vote && options_.guards.refuse_with_real_term
                      ? std::max(y.term, raft_.current_term) // G7
                      : y.term;
      result.body = request_vote_result{y.vote_granted, y.pre_vote == raft_tribool_true};
      break;
    }
    case RAFT_IO_APPEND_ENTRIES:
      result.body = cut_to_size(x.append_entries, result.to);
      break;
    case RAFT_IO_APPEND_ENTRIES_RESULT: {
      append_entries_result y{x.append_entries_result.rejected,
                              x.append_entries_result.last_log_index};
      adjust(y);
      result.term = x.append_entries_result.term;
      result.body = y;
      break;
    }
    default: { // Leadership is never transferred.
      auto& y = x.install_snapshot;
      result.body =
        install_snapshot{{y.last_index, y.last_term, from_library(y.conf), y.conf_index}};
      break;
    }
  }
  return result;
}

append_entries engine::cut_to_size(const raft_append_entries& x, node_id to) {
  append_entries result{x.prev_log_index, x.prev_log_term, x.leader_commit, {}};
  size_t bytes = 0;
  for (unsigned i = 0; i < x.n_entries; ++i) {
    bytes += x.entries[i].buf.len;
    if (i != 0 && (bytes > options_.append_bytes || i == limits::raft_entries_per_message)) {
      note_sent(to, x.prev_log_index + 1 + i);
      break;
    }
    result.entries.push_back(from_library(x.entries[i]));
  }
  return result;
}

int engine::append(raft_io_append* request, const raft_entry* entries, unsigned count,
                   raft_io_append_cb done) {
  request->cb = done;
  // A leader and a follower alike append the end of their log.
  auto last = raft_last_index(&raft_);
  append_log what{last - count + 1, {}};
  for (unsigned i = 0; i < count; ++i) {
    what.entries.push_back(encode(from_library(entries[i])));
    kept_bytes_ += what.entries.back().size_bytes();
  }
  last_stored_ = last;
  cut_by_bytes();
  auto number = emit(std::move(what));
  awaited_.push_back({number, request, nullptr, last, {}});
  return 0;
}

/// libraft counts entries, however large they are. Behind a mark that is being
/// written the log is cut as that mark says.
void engine::cut_by_bytes() {
  auto marks = [](const awaited& x) { return x.snapshot != nullptr; };
  if (cutting_ || marking_ || kept_bytes_ <= options_.log_bytes
      || std::any_of(awaited_.begin(), awaited_.end(), marks))
    return;
  cutting_ = true;
  auto half = static_cast<unsigned>((last_stored_ + 1 - first_stored_) / 2);
  raft_set_snapshot_threshold(&raft_, 1);
  raft_set_snapshot_trailing(&raft_, std::max(half, 1u));
}

int engine::truncate(raft_index from) {
  drop_rows(from);
  return 0;
}

int engine::put_snapshot(unsigned trailing, raft_io_snapshot_put* request, const raft_snapshot& x,
                         raft_io_snapshot_put_cb done) {
  request->cb = done;
  auto mark = from_library(x);
  if (trailing == 0) {
    install_ = {request, mark, x.bufs, false};
    out_.install = raft::install{std::move(mark), offered_by_};
    return 0;
  }
  marking_ = {request, std::move(mark), trailing, applied_};
  if (!options_.guards.mark_what_is_flushed)
    write_mark();
  return 0;
}

/// A crash would leave the rows up to the mark: the log before it may go.
void engine::write_mark() {
  auto& mark = marking_->mark;
  if (options_.guards.mark_with_its_configuration && mark.configuration_index > mark.last_index)
    return forget_mark(); // G16. The next one is later.
  auto x = *std::exchange(marking_, {});
  // A mark before `trailing` entries cuts nothing: the range is empty.
  auto cut = x.mark.last_index > x.trailing ? x.mark.last_index - x.trailing : 0;
  auto first = first_stored_;
  keep(std::max<index_t>(first, cut + 1), last_stored_);
  auto number = emit(save_snapshot{x.mark, first, cut});
  awaited_.push_back({number, nullptr, x.request, 0, std::move(x.mark)});
}

void engine::forget_mark() {
  if (auto x = std::exchange(marking_, {}))
    x->request->cb(x->request, RAFT_CANCELED);
}

int engine::apply(const raft_buffer& x) {
  // libraft raises last_applied only afterwards.
  auto index = raft_.last_applied + 1;
  if (index <= applied_)
    return 0;
  applied_ = index;
  out_.committed.push_back({index, term_at(index), frame{{static_cast<char*>(x.base), x.len}}});
  return 0;
}

void engine::close_io(raft_io_close_cb done) {
  run_callbacks();
  // Told of an error libraft would cut its log, once for each.
  for (auto& x : std::exchange(awaited_, {}))
    if (x.append != nullptr)
      x.append->cb(x.append, 0);
    else if (!install_ || x.snapshot != install_->request)
      x.snapshot->cb(x.snapshot, RAFT_CANCELED);
  forget_mark();
  if (auto x = std::exchange(install_, {})) {
    x->request->cb(x->request, RAFT_CANCELED);
    raft_free(x->buffers);
  }
  for (auto x : std::exchange(wanted_snapshots_, {}))
    x->cb(x, nullptr, RAFT_CANCELED);
  run_callbacks();
  done(&io_);
}

} // namespace parley::raft
