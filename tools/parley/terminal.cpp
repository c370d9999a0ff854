#include "tools/parley/terminal.hpp"

#include <asio/post.hpp>
#include <asio/read_until.hpp>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <istream>

// After <cstdio>: it uses FILE without saying so.
#include <readline/history.h>
#include <readline/readline.h>

namespace parley::chat {

terminal* terminal::only_ = nullptr;

terminal::terminal(asio::io_context& context, on_line line, on_end end)
    : input_(context, ::dup(STDIN_FILENO)), line_(std::move(line)), end_(std::move(end)),
      edits_(isatty(STDIN_FILENO) != 0) {
  only_ = this;
  open_editor();
  if (edits_)
    wait();
  else
    read_plain();
}

terminal::~terminal() {
  stop();
  only_ = nullptr;
}

void terminal::open_editor() {
  if (edits_)
    rl_callback_handler_install(prompt_.c_str(), &terminal::line_edited);
}

void terminal::close_editor() {
  if (edits_)
    rl_callback_handler_remove();
}

void terminal::print(const std::string& text) {
  if (edits_ && !stopped_)
    rl_clear_visible_line();
  std::puts(text.c_str());
  std::fflush(stdout);
  if (edits_ && !stopped_) {
    rl_on_new_line();
    rl_forced_update_display();
  }
}

void terminal::prompt(const std::string& text) {
  prompt_ = text;
  if (edits_ && !stopped_) {
    rl_set_prompt(prompt_.c_str());
    rl_forced_update_display();
  }
}

void terminal::lend(const std::function<void()>& use) {
  close_editor();
  use();
  if (!stopped_)
    open_editor();
}

void terminal::stop() {
  if (std::exchange(stopped_, true))
    return;
  asio::error_code ignored;
  input_.cancel(ignored);
  close_editor();
}

void terminal::wait() {
  input_.async_wait(asio::posix::stream_descriptor::wait_read,
                    [this](const asio::error_code& error) {
                      if (error || stopped_)
                        return;
                      rl_callback_read_char();
                      if (!stopped_)
                        wait();
                    });
}

void terminal::line_edited(char* line) {
  if (line == nullptr) {
    std::puts("");
    return only_->end_();
  }
  std::string text = line;
  std::free(line);
  if (!text.empty())
    add_history(text.c_str());
  // Later: readline still holds this line.
  asio::post(only_->input_.get_executor(), [text] {
    if (only_ != nullptr)
      only_->line_(text);
  });
}

void terminal::read_plain() {
  asio::async_read_until(input_, plain_, '\n', [this](const asio::error_code& error, size_t) {
    if (stopped_)
      return;
    std::istream in{&plain_};
    std::string text;
    if (std::getline(in, text))
      line_(text);
    if (error)
      return end_();
    read_plain();
  });
}

} // namespace parley::chat
