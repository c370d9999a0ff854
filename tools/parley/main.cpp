#include "tools/parley/chat.hpp"
#include "tools/parley/one_shot.hpp"

#include <csignal>

// parley: the chat on the console, and its pieces for scripts.

int main(int argc, char** argv) {
  using namespace parley::chat;
  std::signal(SIGPIPE, SIG_IGN);
  auto how = parse_options(argc, argv);
  return how.what == action::chat ? run_chat(how) : run_one_shot(how);
}
