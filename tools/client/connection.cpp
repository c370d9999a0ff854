#include "tools/client/connection.hpp"

#include "actors/core/splitter.hpp"
#include "schema/limits.hpp"

#include <asio/connect.hpp>
#include <asio/ip/address.hpp>

#include <cstring>
#include <vector>

namespace parley::client {

namespace {

/// A frame of full size and a good read behind its start.
constexpr size_t shared_bytes = limits::frame_bytes + (256 << 10);

/// Of what is sealed, in one read.
constexpr size_t sealed_bytes = 64 << 10;

/// Reads from one connection before the others have their turn.
constexpr int reads_per_turn = 4;

char* shared_buffer() {
  static thread_local std::vector<uint64_t> words(shared_bytes / frame::word);
  return reinterpret_cast<char*>(words.data());
}

} // namespace

connection::connection(asio::io_context& context, owner& who,
                       std::shared_ptr<core::tls_context> trust)
    : socket_(context), resolver_(context), owner_(&who), trust_(std::move(trust)) {
  // nop
}

void connection::open(const address& to) {
  if (trust_)
    tls_ = std::make_unique<core::tls>(trust_, to.host);
  asio::error_code error;
  auto ip = asio::ip::make_address(to.host, error);
  if (!error)
    return connect({ip, to.port});
  resolver_.async_resolve(
    to.host, std::to_string(to.port),
    [self = shared_from_this(), host = to.host](const asio::error_code& failed, const auto& found) {
      if (failed)
        return self->fail(host + ": " + failed.message());
      asio::async_connect(self->socket_, found,
                          [self](const asio::error_code& refused, const auto&) {
                            if (refused)
                              return self->fail(refused.message());
                            self->connected();
                          });
    });
}

void connection::connect(const asio::ip::tcp::endpoint& to) {
  socket_.async_connect(to, [self = shared_from_this()](const asio::error_code& error) {
    if (error)
      return self->fail(error.message());
    self->connected();
  });
}

void connection::connected() {
  if (owner_ == nullptr)
    return;
  asio::error_code error;
  socket_.set_option(asio::ip::tcp::no_delay{true}, error);
  socket_.non_blocking(true, error);
  if (error)
    return fail(error.message());
  if (tls_)
    flush(); // Its part of the handshake.
  else
    begin();
  wait_for_input();
}

void connection::begin() {
  begun_ = true;
  owner_->on_connected();
}

void connection::wait_for_input() {
  if (owner_ == nullptr)
    return;
  socket_.async_wait(asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const asio::error_code& error) {
                       if (error)
                         return self->fail(error.message());
                       self->read();
                     });
}

void connection::read() {
  for (int i = 0; i < reads_per_turn && owner_ != nullptr; ++i) {
    auto start = unfinished_.size();
    auto buffer = shared_buffer();
    std::memcpy(buffer, unfinished_.data(), start);
    asio::error_code error;
    auto room = shared_bytes - start;
    auto size =
      tls_ ? open_sealed(buffer + start, room, error) : read_some(buffer + start, room, error);
    if (error == asio::error::would_block)
      break;
    if (error)
      return fail(error == asio::error::eof ? "the server closed the connection" : error.message());
    std::string_view bytes{buffer, start + size};
    auto rest = bytes.substr(cut(bytes));
    if (rest.empty() && unfinished_.capacity() > 0)
      std::string{}.swap(unfinished_);
    else
      unfinished_.assign(rest);
    if (tls_ && !tls_->why().empty())
      return fail("TLS: " + tls_->why());
    if (size < room)
      break;
  }
  wait_for_input();
}

size_t connection::read_some(char* to, size_t room, asio::error_code& error) {
  return socket_.read_some(asio::buffer(to, room), error);
}

/// What is in them may be more than what was read, by what was there of a record;
/// there is always room for that.
size_t connection::open_sealed(char* to, size_t room, asio::error_code& error) {
  static thread_local std::vector<char> plain;
  plain.clear();
  auto size = read_some(to, std::min(room, sealed_bytes), error);
  if (error)
    return 0;
  (void)tls_->open({to, size}, plain);
  flush(); // What the handshake has to say.
  if (!begun_ && tls_->ready() && owner_ != nullptr)
    begin();
  std::memcpy(to, plain.data(), plain.size());
  return plain.size();
}

size_t connection::cut(std::string_view bytes) {
  size_t done = 0;
  while (owner_ != nullptr) {
    auto rest = bytes.substr(done);
    auto head = read_frame_head(rest, limits::frame_bytes);
    if (head.error != ec::none) {
      fail("the server sent a frame that is too large");
      break;
    }
    if (head.bytes == 0 || head.bytes > rest.size())
      break;
    owner_->on_frame(rest.substr(0, head.bytes));
    done += head.bytes;
  }
  return done;
}

void connection::flush() {
  if (writing_ || owner_ == nullptr)
    return;
  if (tls_) {
    (void)tls_->seal({plain_.data(), plain_.size()}, out_); // If it broke, reading says why.
    plain_.clear();
  }
  while (written_ < out_.size()) {
    asio::error_code error;
    auto left = asio::buffer(out_.data() + written_, out_.size() - written_);
    written_ += socket_.write_some(left, error);
    if (error == asio::error::would_block) {
      writing_ = true;
      socket_.async_wait(asio::ip::tcp::socket::wait_write,
                         [self = shared_from_this()](const asio::error_code& failed) {
                           self->writing_ = false;
                           if (failed)
                             return self->fail(failed.message());
                           self->flush();
                         });
      return;
    }
    if (error)
      return fail(error.message());
  }
  out_.clear();
  written_ = 0;
  for (auto x : {&out_, &plain_})
    if (x->capacity() > limits::push_batch_bytes)
      std::vector<char>{}.swap(*x);
}

void connection::close() {
  owner_ = nullptr;
  asio::error_code ignored;
  resolver_.cancel();
  socket_.close(ignored);
}

void connection::fail(const std::string& why) {
  auto self = shared_from_this(); // The owner lets go of us.
  auto who = owner_;
  if (who == nullptr)
    return;
  close();
  who->on_disconnected(why);
}

} // namespace parley::client
