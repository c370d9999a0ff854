#include <dlfcn.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

// OpenSSL keeps errors in a queue of the thread, and SSL_get_error takes what it
// finds there for the call that it is asked about. CAF 0.17.6 never empties it
// (it did so in a log line that release builds leave out), and all connections
// between nodes share one thread: one that ends without a farewell, or a
// stranger's handshake that fails, would take healthy ones with it. So this
// stands in front of OpenSSL's own function: who got an answer is done with the
// queue.

extern "C" int SSL_get_error(const SSL* session, int result) {
  static const auto original =
    reinterpret_cast<decltype(&SSL_get_error)>(::dlsym(RTLD_NEXT, "SSL_get_error"));
  auto answer = original(session, result);
  ERR_clear_error();
  return answer;
}
