#include "tests/simulation/raft_words.hpp"

#include <sstream>

namespace parley::simulation {

namespace {

struct tell {
  std::ostream& out;

  void operator()(const raft::request_vote& x) const {
    out << (x.pre_vote ? "pre-vote?" : "vote?") << " last " << x.last_log_index << "/"
        << x.last_log_term;
  }

  void operator()(const raft::request_vote_result& x) const {
    out << (x.pre_vote ? "pre-vote " : "vote ") << (x.vote_granted ? "granted" : "refused");
  }

  void operator()(const raft::append_entries& x) const {
    out << "entries " << x.entries.size() << " after " << x.prev_log_index << "/" << x.prev_log_term
        << " commit " << x.leader_commit;
  }

  void operator()(const raft::append_entries_result& x) const {
    if (x.rejected != 0)
      out << "entries refused after " << x.rejected << " last " << x.last_log_index;
    else
      out << "entries stored to " << x.last_log_index;
  }

  void operator()(const raft::install_snapshot& x) const {
    out << "install " << x.snapshot.last_index << "/" << x.snapshot.last_term;
  }

  void operator()(const raft::confirm& x) const {
    out << "confirm? " << x.round;
  }

  void operator()(const raft::confirm_result& x) const {
    out << "confirmed " << x.round;
  }

  void operator()(const raft::timeout_now& x) const {
    out << "asks for an election at " << x.last_log_index;
  }

  void operator()(const raft::append_log& x) const {
    out << "appends " << x.first << " to " << x.first + x.entries.size() - 1;
  }

  void operator()(const raft::truncate_log& x) const {
    out << "truncates " << x.first << " to " << x.last;
  }

  void operator()(const raft::save_state& x) const {
    out << "saves term " << x.state.current_term << " vote " << x.state.voted_for.value;
  }

  void operator()(const raft::save_snapshot& x) const {
    out << "marks " << x.mark.last_index << " cuts " << x.first << " to " << x.last;
  }
};

} // namespace

std::string in_words(const raft::message& x) {
  std::ostringstream out;
  out << x.from.value << " term " << x.term << ": ";
  std::visit(tell{out}, x.body);
  return out.str();
}

std::string in_words(const raft::write& x) {
  std::ostringstream out;
  out << "write " << x.number << " ";
  std::visit(tell{out}, x.what);
  return out.str();
}

std::string in_words(raft::role x) {
  auto term = " in term " + std::to_string(x.term);
  switch (x.kind) {
    case raft::role_kind::leader:
      return "leads" + term;
    case raft::role_kind::follower:
      return "follows " + std::to_string(x.leader.value) + term;
    default:
      return "knows no leader" + term;
  }
}

} // namespace parley::simulation
