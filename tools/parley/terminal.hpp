#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/streambuf.hpp>

#include <functional>
#include <string>

namespace parley::chat {

/// Lines from standard input, without blocking: GNU readline on a terminal,
/// plain lines else. There is one only, because readline knows one only.
class terminal {
public:
  using on_line = std::function<void(const std::string&)>;
  using on_end = std::function<void()>;

  terminal(asio::io_context& context, on_line line, on_end end);
  ~terminal();

  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;

  /// Prints a line above the one that is being edited.
  void print(const std::string& text);

  void prompt(const std::string& text);

  /// Gives the terminal to somebody else for the time of `use`.
  void lend(const std::function<void()>& use);

  void stop();

private:
  static void line_edited(char* line);

  void open_editor();
  void close_editor();
  void wait();
  void read_plain();

  static terminal* only_;

  asio::posix::stream_descriptor input_;
  asio::streambuf plain_;
  on_line line_;
  on_end end_;
  std::string prompt_ = "> ";
  bool edits_;
  bool stopped_ = false;
};

} // namespace parley::chat
