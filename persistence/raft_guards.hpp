#pragma once

namespace parley::raft {

/// What stands between libraft 0.15.0 and its known defects. All of them are in
/// force; only tests turn one off, to show that they would notice. The names
/// G1 .. G16 and K are those of docs/decisions/0006-libraft-behind-guards.md.
struct guards {
  /// G1. A leader begins with a barrier and hears no result before its own
  /// entry is on its disk: entries of earlier terms are committed only with
  /// one of its own (section 5.4.2 of the paper).
  bool commit_own_term_first = true;

  /// G2. A follower acknowledges no more than the request has checked.
  bool acknowledge_what_matches = true;

  /// G3. No new term and no election while appends are on their way to disk.
  bool finish_appends_first = true;

  /// G4. No new term and no election while a snapshot is installed.
  bool finish_install_first = true;

  /// G5. Who must take back a configuration starts anew from its log.
  bool reopen_to_take_back_configuration = true;

  /// G6. A failed write is the end; libraft would go on without the entries.
  bool stop_when_a_write_fails = true;

  /// G7. Who refuses a pre-vote says its real term.
  bool refuse_with_real_term = true;

  /// G8. A result that cannot be sent is lost silently.
  bool lose_results_silently = true;

  /// G9. Who refuses entries asks for those after its commit index.
  bool ask_from_commit_index = true;

  /// G10. No membership change before an entry of the own term is committed.
  bool change_after_own_commit = true;

  /// G11. What is already committed is cut off an AppendEntries.
  bool skip_committed_entries = true;

  /// G12. A server votes though its configuration, which may be old, says that
  /// it has no vote.
  bool vote_whatever_configuration_says = true;

  /// G13. A follower commits no more than the request has checked. libraft
  /// takes the end of the log, which is the same only while a request holds
  /// all that the leader has; ours are cut to size.
  bool commit_what_matches = true;

  /// G14. A sole voter begins a new term when it becomes leader. libraft lets it
  /// lead in the one it was in, so that after a restart it would write other
  /// entries of that term than it had sent to a standby.
  bool new_term_for_sole_voter = true;

  /// G15. A snapshot commits a configuration that it covers. libraft would wait
  /// for the entry, which does not come, and refuse every later change.
  bool commit_covered_configuration = true;

  /// G16. A mark is not of an entry before its configuration. libraft takes the
  /// last but one configuration of the log that it loads for the committed one,
  /// also while it applies the entries before that once more.
  bool mark_with_its_configuration = true;

  /// K. Few proposals on their way at once.
  bool bound_proposals = true;

  /// A mark waits for the rows before it: what is cut off the log with it could
  /// not be had again.
  bool mark_what_is_flushed = true;

  /// Nothing that rests on a new term or vote leaves before it is durable.
  bool hold_until_durable = true;
};

} // namespace parley::raft
