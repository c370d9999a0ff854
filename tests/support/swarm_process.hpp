#pragma once

#include "tests/support/child_process.hpp"

#include <nlohmann/json.hpp>

namespace parley::testing {

/// What a swarm found.
struct judged {
  int status = -1;
  nlohmann::json result;
  std::string words; ///< For who wants to know why.

  uint64_t count(const char* what) const {
    return result[what];
  }

  /// No client saw anything lost, duplicated, reordered or missing.
  bool clean() const;
};

/// A parley-swarm beside the test.
class swarm_process {
public:
  /// `endpoints` is HOST:PORT[,HOST:PORT...]; `more` are further flags.
  swarm_process(const std::string& endpoints, const std::filesystem::path& service_token,
                std::vector<std::string> more);

  /// Until messages have been flowing for a second.
  void wait_until_loading();

  /// Waits for the end.
  judged finish();

private:
  temp_dir place_;
  child_process child_;
};

} // namespace parley::testing
