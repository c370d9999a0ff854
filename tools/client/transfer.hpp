#pragma once

#include "schema/file_ref.hpp"
#include "schema/identity.hpp"
#include "tools/client/client.hpp"

#include <asio/steady_timer.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

namespace parley::client {

/// What uploads, downloads and keeping files have in common: they ask until they are
/// answered for good. Behind client.hpp; lives as long as something of it is on its way.
class transfer : public std::enable_shared_from_this<transfer> {
public:
  virtual ~transfer() = default;

  /// Begins, or goes on where the node says.
  virtual void go_on() = 0;

protected:
  transfer(client& node, asio::io_context& context, std::weak_ptr<size_t> all)
      : node_(node), timer_(context), all_(std::move(all)) {
    if (auto count = all_.lock())
      ++*count;
  }

  virtual void end(const wire::error& why) = 0;

  template <class Answer, class Use>
  void ask(const wire::client_body& what, Use use) {
    node_.request<Answer>(
      what, [self = shared_from_this(), use](const wire::error& error, const Answer& x) {
        self->heard(error);
        if (error.code == ec::none && !self->ended_)
          use(x);
      });
  }

  /// Lets others have a turn.
  void soon();
  void finish(const wire::error& why);

  client& node_;
  asio::steady_timer timer_;

private:
  void heard(const wire::error& error);
  void wait(std::chrono::milliseconds pause);

  std::weak_ptr<size_t> all_; ///< How many the client has; gone with it.
  bool waits_ = false;
  bool ended_ = false;
};

class upload final : public transfer {
public:
  upload(client& node, asio::io_context& context, std::weak_ptr<size_t> all,
         const std::filesystem::path& path, handler<file_ref> done);

  void go_on() override;

private:
  void end(const wire::error& why) override;
  void hash_some();
  void send_some();
  void heard_state(const wire::file_state& x);

  std::ifstream in_;
  handler<file_ref> done_;
  sha256 hash_;
  file_ref file_;
  bool hashed_ = false;
  uint64_t next_ = 0;
  size_t in_flight_ = 0;
};

class download final : public transfer {
public:
  download(client& node, asio::io_context& context, std::weak_ptr<size_t> all, conversation_id in,
           seq_t seq, std::filesystem::path to, handler<file_ref> done);

  void go_on() override;

private:
  void end(const wire::error& why) override;
  void found(const wire::message& x);
  void ask_some();
  void heard_piece(const wire::file_piece& x);
  void check_some();

  conversation_id in_;
  seq_t seq_;
  std::filesystem::path to_;
  std::filesystem::path part_;
  handler<file_ref> done_;
  file_ref file_;
  bool known_ = false;
  std::fstream out_;
  uint64_t have_ = 0;
  uint64_t next_ = 0;
  std::map<uint64_t, std::string> early_;
  sha256 hash_;
  uint64_t hashed_ = 0;
};

class keeping final : public transfer {
public:
  keeping(client& node, asio::io_context& context, std::weak_ptr<size_t> all, conversation_id in,
          seq_t seq, handler<wire::file_state> done);

  void go_on() override;

private:
  void end(const wire::error& why) override;

  conversation_id in_;
  seq_t seq_;
  handler<wire::file_state> done_;
};

} // namespace parley::client
