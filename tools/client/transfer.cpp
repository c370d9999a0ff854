#include "tools/client/transfer.hpp"

#include "schema/codec.hpp"
#include "schema/limits.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <utility>

namespace parley::client {

namespace {

/// Pieces on their way: half of the credit, so that messages have the other.
constexpr size_t pieces_in_flight = limits::credit_bytes / limits::file_piece_bytes / 2;

/// No retry is sooner than this, whatever the server advises.
constexpr auto shortest_retry = std::chrono::milliseconds{20};

wire::error local_error(std::string_view text) {
  return wire::make_error(ec::internal, text);
}

} // namespace

// -- transfer -----------------------------------------------------------------------

void transfer::heard(const wire::error& error) {
  if (error.code == ec::none || ended_)
    return;
  if (!error.retryable)
    return finish(error);
  wait(std::max<std::chrono::milliseconds>(std::chrono::milliseconds{error.retry_after_ms},
                                           shortest_retry));
}

/// What else was on its way is refused as well, or its answer helps.
void transfer::wait(std::chrono::milliseconds pause) {
  if (std::exchange(waits_, true))
    return;
  timer_.expires_after(pause);
  timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
    self->waits_ = false;
    if (!error && !self->ended_ && !self->all_.expired())
      self->go_on();
  });
}

void transfer::soon() {
  wait(std::chrono::milliseconds{0});
}

void transfer::finish(const wire::error& why) {
  if (std::exchange(ended_, true))
    return;
  if (auto count = all_.lock())
    --*count;
  end(why);
}

// -- upload -------------------------------------------------------------------------

upload::upload(client& node, asio::io_context& context, std::weak_ptr<size_t> all,
               const std::filesystem::path& path, handler<file_ref> done)
    : transfer(node, context, std::move(all)), in_(path, std::ios::binary), done_(std::move(done)) {
  // nop
}

void upload::go_on() {
  if (!hashed_)
    return hash_some();
  in_flight_ = 0;
  ask<wire::file_state>(wire::put_file{file_.hash_bytes(), file_.size, 0},
                        [this](const wire::file_state& x) {
                          next_ = x.held;
                          heard_state(x);
                        });
}

void upload::hash_some() {
  if (!in_)
    return finish(local_error("cannot read the file"));
  std::string bytes(limits::file_step_bytes, '\0');
  in_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(in_.gcount()));
  hash_.feed(bytes);
  file_.size += bytes.size();
  if (in_.eof()) {
    file_ = *file_ref::of(hash_.finish(), file_.size);
    hashed_ = true;
    in_.clear();
  }
  soon();
}

void upload::send_some() {
  while (in_flight_ < pieces_in_flight && next_ < file_.size) {
    std::string bytes(std::min<uint64_t>(limits::file_piece_bytes, file_.size - next_), '\0');
    in_.seekg(static_cast<std::streamoff>(next_));
    if (!in_.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
      return finish(local_error("the file has changed"));
    ++in_flight_;
    ask<wire::file_state>(wire::put_file{file_.hash_bytes(), file_.size, next_, bytes},
                          [this](const wire::file_state& x) {
                            in_flight_ -= in_flight_ != 0;
                            heard_state(x);
                          });
    next_ += bytes.size();
  }
}

void upload::heard_state(const wire::file_state& x) {
  if (x.stored)
    return finish({});
  if (in_flight_ == 0)
    next_ = x.held; // A piece that came out of turn was passed over.
  send_some();
}

void upload::end(const wire::error& why) {
  done_(why, file_);
}

// -- download -----------------------------------------------------------------------

download::download(client& node, asio::io_context& context, std::weak_ptr<size_t> all,
                   conversation_id in, seq_t seq, std::filesystem::path to, handler<file_ref> done)
    : transfer(node, context, std::move(all)), in_(in), seq_(seq), to_(std::move(to)),
      part_(to_.string() + ".part"), done_(std::move(done)) {
  // nop
}

void download::go_on() {
  if (known_ && have_ == file_.size)
    return check_some();
  if (known_) {
    next_ = have_;
    early_.clear();
    return ask_some();
  }
  ask<wire::history_page>(
    wire::read_history{in_, seq_, seq_, 1}, [this](const wire::history_page& page) {
      auto record =
        page.records.empty() ? std::nullopt : wire::decode_server(frame{page.records[0]});
      if (record)
        found(std::get<wire::message>(record->body));
      else
        finish(wire::make_error(ec::unknown_file));
    });
}

/// What an edit named last is what the message names.
void download::found(const wire::message& x) {
  auto revised = std::get_if<wire::revised>(&x.body);
  auto content = revised != nullptr ? &revised->content : std::get_if<wire::content>(&x.body);
  auto extra = content != nullptr ? content->extra.get() : nullptr;
  auto file = extra != nullptr ? std::get_if<wire::file>(&extra->thing) : nullptr;
  auto ref = file != nullptr ? file_ref::of(file->hash, file->size) : std::nullopt;
  if (!ref)
    return finish(wire::make_error(ec::unknown_file));
  if (revised != nullptr && revised->edited != 0)
    seq_ = revised->edited;
  file_ = *ref;
  known_ = true;
  out_.open(part_, std::ios::binary | std::ios::in | std::ios::out | std::ios::app);
  out_.seekg(0, std::ios::end);
  have_ = out_ ? static_cast<uint64_t>(out_.tellg()) : 0;
  if (!out_)
    return finish(local_error("cannot write the file"));
  have_ = std::min(have_, file_.size);
  go_on();
}

void download::ask_some() {
  constexpr uint64_t piece = limits::file_piece_bytes;
  while (next_ < file_.size && next_ / piece - have_ / piece < pieces_in_flight) {
    ask<wire::file_piece>(wire::get_file{in_, seq_, next_},
                          [this](const wire::file_piece& x) { heard_piece(x); });
    next_ = (next_ / piece + 1) * piece;
  }
}

void download::heard_piece(const wire::file_piece& x) {
  if (x.offset >= have_)
    early_[x.offset] = x.data;
  for (auto next = early_.find(have_); next != early_.end(); next = early_.find(have_)) {
    auto& data = next->second;
    if (data.empty() || !out_.write(data.data(), static_cast<std::streamsize>(data.size())))
      return finish(local_error("cannot write the file"));
    have_ += data.size();
    early_.erase(next);
  }
  if (have_ == file_.size)
    go_on();
  else
    ask_some();
}

void download::check_some() {
  std::string bytes(std::min<uint64_t>(limits::file_step_bytes, file_.size - hashed_), '\0');
  out_.flush();
  out_.seekg(static_cast<std::streamoff>(hashed_));
  if (!bytes.empty() && !out_.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
    return finish(local_error("cannot read what was written"));
  hash_.feed(bytes);
  hashed_ += bytes.size();
  if (hashed_ < file_.size)
    return soon();
  out_.close();
  std::error_code failed;
  if (hash_.finish() != file_.hash_bytes()) {
    std::filesystem::remove(part_, failed); // It was there before, and of something else.
    return finish(wire::make_error(ec::bad_file));
  }
  std::filesystem::rename(part_, to_, failed);
  finish(failed ? local_error("cannot rename the file") : wire::error{});
}

void download::end(const wire::error& why) {
  done_(why, file_);
}

// -- keeping ------------------------------------------------------------------------

keeping::keeping(client& node, asio::io_context& context, std::weak_ptr<size_t> all,
                 conversation_id in, seq_t seq, handler<wire::file_state> done)
    : transfer(node, context, std::move(all)), in_(in), seq_(seq), done_(std::move(done)) {
  // nop
}

void keeping::go_on() {
  ask<wire::file_state>(wire::keep_file{in_, seq_},
                        [this](const wire::file_state&) { finish({}); });
}

void keeping::end(const wire::error& why) {
  done_(why, {});
}

// -- of the client ------------------------------------------------------------------

void client::upload(const std::filesystem::path& path, handler<file_ref> done) {
  std::make_shared<parley::client::upload>(*this, context_, transfers_, path, std::move(done))
    ->go_on();
}

void client::download(conversation_id in, seq_t seq, const std::filesystem::path& to,
                      handler<file_ref> done) {
  std::make_shared<parley::client::download>(*this, context_, transfers_, in, seq, to,
                                             std::move(done))
    ->go_on();
}

void client::keep(conversation_id in, seq_t seq, handler<wire::file_state> done) {
  std::make_shared<keeping>(*this, context_, transfers_, in, seq, std::move(done))->go_on();
}

} // namespace parley::client
