#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

// Every number that bounds something, with unit and reason. Nothing else in
// the code base invents one.

namespace parley::limits {

using namespace std::chrono_literals;

// -- frames -------------------------------------------------------------------

/// Bytes of one frame, segment table included: bounds what a connection can
/// make us allocate, and leaves room for a text with every extra.
inline constexpr size_t frame_bytes = 1 << 20;

/// Before login nobody needs more than a name, a password and some cursors.
inline constexpr size_t anonymous_frame_bytes = 64 << 10;

/// Segments of one frame; well-behaved encoders use one or two.
inline constexpr size_t frame_segments = 64;

/// Depth of pointers in a frame; the schema needs six.
inline constexpr int frame_nesting = 16;

/// Bytes of a text or custom body: a long e-mail, not a file.
inline constexpr size_t text_bytes = 16 << 10;

/// Bytes of a user name, a room title, a custom kind, an agent string.
inline constexpr size_t name_bytes = 64;
inline constexpr size_t title_bytes = 256;
inline constexpr size_t kind_bytes = 64;
inline constexpr size_t agent_bytes = 128;

/// Bytes of the greeting of who would like to be a contact, and of a remark: some
/// sentences; each is kept with every such row of a user.
inline constexpr size_t greeting_bytes = 512;
inline constexpr size_t remark_bytes = 256;

/// Bytes of a room's announcement: some paragraphs; every page of members has it.
inline constexpr size_t announcement_bytes = 2048;

/// Bytes of a password: short ones are guessed, long ones cost us hashing.
inline constexpr size_t password_bytes_min = 8;
inline constexpr size_t password_bytes_max = 256;

/// Members that one message mentions; each costs a row.
inline constexpr size_t mentions_per_message = 32;

/// Mentions of one conversation that are counted; nobody tells more apart.
inline constexpr size_t mentions_counted = 1000;

/// Bytes of a file's name, and of its hash (SHA-256).
inline constexpr size_t file_name_bytes = 256;
inline constexpr size_t file_hash_bytes = 32;

/// Bytes of a file that travel together, and that share a checksum on disk: a page,
/// which a message does not wait long behind.
inline constexpr size_t file_piece_bytes = 64 << 10;

/// Bytes of one file, and of all files of a user, unless the operator says
/// otherwise: a film, and a shelf of them.
inline constexpr uint64_t file_bytes = 1ull << 30;
inline constexpr uint64_t user_file_bytes = 10ull << 30;

/// Files of one user, each a row; and what no option can raise a file's size
/// beyond: its checksums are in memory while it is checked.
inline constexpr uint64_t files_per_user = 100'000;
inline constexpr uint64_t file_bytes_max = 1ull << 36;

/// Uploads of one user that are not complete: one more takes the place of the one
/// that nothing came for longest. Their bytes count for nobody.
inline constexpr size_t uploads_per_user = 4;

/// Bytes of pieces that were asked for on this node and not answered: they cross
/// between nodes in the window of everything else and must never fill it.
inline constexpr size_t node_piece_bytes = 8 << 20;

/// A file that no message names is collected after this, unless the operator says
/// otherwise: long after whoever sent it has named it, or will not any more.
inline constexpr auto file_grace = std::chrono::hours{24};

/// Bytes of a complete upload that are hashed before the next piece of another one
/// is looked at, and after which what came of one goes to the disk.
inline constexpr size_t file_step_bytes = 1 << 20;

/// How often a node looks after its files; whoever should have a copy is told
/// again, and a piece that another node was asked for is asked for again.
inline constexpr auto file_tick = 1s;
inline constexpr auto file_ask_again_after = 2s;

/// Uploads that a node has in memory; more are refused until some are forgotten.
inline constexpr size_t uploads_in_memory = 16'384;

/// An upload that nothing came for is forgotten after this; what came is on disk.
inline constexpr auto upload_idle = 60s;

/// Files that a node fetches at a time because it should have them and has not.
inline constexpr size_t files_mended = 4;

/// Bytes of a reaction: an emoji of a family with skin tones has 41.
inline constexpr size_t reaction_bytes = 64;

/// Different reactions to one message, and of one member to it: what fits below it
/// on a screen.
inline constexpr size_t reactions_per_message = 32;
inline constexpr size_t reactions_per_member = 8;

/// Edits of one message: a recall rewrites them all in one append, and they may be
/// texts of full length.
inline constexpr size_t edits_per_message = 8;

/// Messages that somebody changes or changed which a room keeps in memory, and
/// members' reactions to them; others are read again.
inline constexpr size_t revised_in_memory = 256;

/// Rows that are read at a time to find where a page begins that ends somewhere: each
/// may be a text of full length.
inline constexpr size_t rows_back = 16;

/// Edited messages in one page: each is read for itself, and may be a text of full
/// length.
inline constexpr size_t edited_per_page = 16;

/// Messages that one request hides; each costs a row.
inline constexpr size_t hidden_per_request = 256;

/// Different terms of a message that are indexed; each costs a row.
inline constexpr size_t terms_per_message = 256;

/// Of a search: bytes of its text, its terms, messages in an answer, and postings of a
/// term that one request looks at.
inline constexpr size_t search_bytes = 256;
inline constexpr size_t search_terms = 16;
inline constexpr size_t found_rows = 50;
inline constexpr size_t postings_per_page = 1024;

/// Names in one request; each costs a look-up in another shard.
inline constexpr size_t names_per_request = 256;

/// Rows in one page of conversations, members or history.
inline constexpr size_t page_rows = 256;

/// Bytes of records in one page. A request for a page takes this much credit, so
/// that a client that asks and does not read stays cheap.
inline constexpr size_t page_bytes = 64 << 10;

// -- credit and windows ---------------------------------------------------------

/// Unanswered requests of one session, in number and bytes. A client keeps at
/// most this many sends unanswered, so a retry is never older than
/// `client_id_window`.
inline constexpr size_t credit_sends = 64;
inline constexpr size_t credit_bytes = 256 << 10;

/// Bytes of unanswered requests of all sessions of a node together.
inline constexpr size_t node_credit_bytes = 256 << 20;

/// The ring on disk of a device's results: slots, and results in one of them.
/// DO NOT CHANGE.
inline constexpr size_t client_id_slots = 256;
inline constexpr size_t client_ids_per_row = 16;

/// Results of sends that a room remembers per device: what a lap of the ring
/// leaves whole.
inline constexpr size_t client_id_window = client_id_slots - client_ids_per_row;

/// Devices whose results a room keeps in memory; others are read again.
inline constexpr size_t client_id_devices = 512;

/// Messages and bytes that a device may leave unacknowledged.
inline constexpr size_t device_window = 256;
inline constexpr size_t device_window_bytes = 1 << 20;

/// Bytes read at once for a device that catches up.
inline constexpr size_t push_batch_bytes = 64 << 10;

/// Requests that wait in one room, inbox, or shard for a load to finish.
inline constexpr size_t backlog = 8192;

/// Bytes of messages that share a row, unless one alone has more: what is read
/// to show any one of them.
inline constexpr size_t message_row_bytes = 16 << 10;

/// Bytes of one append: what a Raft entry and a batch should stay under.
inline constexpr size_t append_bytes = 128 << 10;

/// Bytes that the journal puts into one batch; what is more waits for the next.
inline constexpr size_t journal_batch_bytes = 4 << 20;

/// Appends a room may have uncommitted; then it lets its mailbox grow a batch.
inline constexpr size_t appends_in_flight = 8;

/// Bytes queued in a session for a client that does not read. A full device
/// window, a full page and the answers to full credit fit; beyond that the
/// client is gone.
inline constexpr size_t session_queue_bytes = 4 << 20;

/// Connections that the other side has ended, ended here too in a round of the loop in which
/// something else happened, and in one in which nothing did.
inline constexpr size_t connections_ended_beside = 2;
inline constexpr size_t connections_ended = 16;

/// Connections whose bytes wait for the end of a round of the loop: few enough for
/// their buffers to be in a cache still when the kernel copies them, and to be the
/// next ones' memory.
inline constexpr size_t connections_flushed = 32;

/// Parcels for which the gate's vector keeps memory from burst to burst.
inline constexpr size_t mailbag_kept = 4096;

/// Bytes that one read takes from a connection at most. There is room for one
/// read, not one for each connection.
inline constexpr size_t session_read_bytes = 64 << 10;

/// Bytes of one request at the admin door: a key and some words.
inline constexpr size_t admin_frame_bytes = 4 << 10;

/// Connections at the admin door: some people and their scripts. Whoever tries
/// keys tries this many a second.
inline constexpr size_t admin_connections = 32;

// -- raft ---------------------------------------------------------------------------

/// Bytes of one log entry: an append with room for its neighbours, and small
/// enough that heartbeats do not wait behind it.
inline constexpr size_t raft_entry_bytes = 256 << 10;

/// Bytes of appends that are put into one entry, with what a row costs besides
/// its value: key, pointers and padding. An append larger than that goes alone.
inline constexpr size_t raft_batch_bytes = 192 << 10;
inline constexpr size_t raft_row_bytes = 80;

/// Bytes of entries in one AppendEntries; one entry always fits. The rest
/// follows when the first part is acknowledged.
inline constexpr size_t raft_append_bytes = 512 << 10;

/// Entries in one AppendEntries: more than a log keeps behind a snapshot.
inline constexpr size_t raft_entries_per_message = 4096;

/// Entries that a leader has proposed and not seen committed. libraft 0.15
/// commits only what its newest write covers, so without a bound it never does.
inline constexpr size_t raft_entries_in_flight = 16;

/// Bytes of messages that wait for the disk before they are looked at; what is
/// more is dropped, and Raft says it again.
inline constexpr size_t raft_waiting_bytes = 8 << 20;

/// Servers of one group, spares included.
inline constexpr size_t raft_servers = 32;

/// A group never has fewer voters: three survive the loss of one.
inline constexpr size_t raft_voters_min = 3;

/// Entries applied after which the log is cut, and entries that stay so that
/// who is a little behind need not fetch a whole shard.
inline constexpr unsigned raft_snapshot_threshold = 1024;
inline constexpr unsigned raft_snapshot_trailing = 512;

/// Bytes of entries that a group keeps; libraft has them in memory. Beyond that
/// the older half goes, however few they are, as soon as their rows are flushed.
inline constexpr size_t raft_log_bytes = 4 << 20;

/// A log that could be cut but for rows that are only in memory has them flushed
/// after this. Under load they are flushed sooner: see rocks_options.
inline constexpr auto raft_flush_after = 10s;

/// A follower that hears of no leader this long (to twice as long, at random)
/// calls an election: five heartbeats, so that one late is nothing. A group that
/// nobody uses costs little more than these. Clocks are looked at every tick: a
/// heartbeat is due a little before, so that each tick sends one.
inline constexpr auto raft_election = 500ms;
inline constexpr auto raft_heartbeat = 90ms;
inline constexpr auto raft_tick = 100ms;

/// Who loses the connection to the leader calls an election within this, at
/// random, so that not all call it together.
inline constexpr auto raft_hasty_election = 150ms;

/// Bytes that a node sends another without hearing that they arrived: CAF's
/// network layer would queue without end. What is more is lost like on a broken
/// link. Two full bursts of Raft and a crowd's worth of pushes fit.
inline constexpr size_t peer_window_bytes = 32 << 20;

/// Bytes of one frame between nodes beyond which the next one begins.
inline constexpr size_t peer_frame_bytes = 1 << 20;

/// A node that confirmed nothing for so long while something was on its way is
/// taken for gone; Raft would have elected others by then.
inline constexpr auto peer_silence = 2s;

/// A node that was removed is still talked to for so long, to hear of it.
inline constexpr auto farewell = 10s;

/// Rows that were asked of a node that does not lead their shard are asked for
/// again after this: about when an election may be over. What has not come
/// after the second time is given up.
inline constexpr auto fetch_again_after = 100ms;
inline constexpr auto fetch_within = 2s;

/// Clients that were refused at the handshake of TLS are logged at most this
/// often, with their number.
inline constexpr auto log_refused_every = 1s;

/// Nodes that were refused and are remembered, so that each is logged once and
/// no stranger fills the log with numbers.
inline constexpr size_t refused_remembered = 64;

/// A node that did not listen is spoken to again after this: it may have heard
/// meanwhile that this one is in the cluster.
inline constexpr auto refused_again_after = 500ms;

/// Pause between attempts to connect to another node.
inline constexpr auto peer_retry = 200ms;

/// Bytes of rows in one page of a shard that is copied; the next is asked for
/// when it is on disk.
inline constexpr size_t copy_page_bytes = 256 << 10;

/// A page that did not come is asked for again after this, so many times; then
/// another node is asked for the whole.
inline constexpr auto copy_again_after = 1s;
inline constexpr unsigned copy_tries = 3;

/// A moment of a shard that nobody asked for is let go after this: it keeps old
/// rows from being compacted.
inline constexpr auto copy_keep = 30s;

/// How often the leader of a group looks whether it has the right members, and
/// tells all nodes that it leads.
inline constexpr auto raft_steer_every = 500ms;
inline constexpr auto raft_announce_every = 1s;

/// What a leader said of itself, to a node without a replica, is forgotten
/// after this.
inline constexpr auto raft_forget_after = 3s;

/// A leader that shall not lead hands over after this, and up to the spread
/// later, at random, so that not all do at once.
inline constexpr auto raft_prefer_after = 5s;
inline constexpr auto raft_prefer_spread = 10s;

/// A shard that was not fetched in this time is offered again: the offer may be
/// lost, or the follower may have begun anew. One that is still fetching ignores it.
inline constexpr auto raft_install = 5s;

// -- sizes of things --------------------------------------------------------------

inline constexpr size_t devices_per_user = 16;

/// After which a device that nobody used must give the password again, by default: a
/// summer's leave is shorter, and a lost device is not a key for ever.
inline constexpr int token_days = 90;

/// Of how a user calls a device.
inline constexpr size_t device_label_bytes = 64;

/// Of a JSON Web Token, and by how much the clock of who signed it may differ.
inline constexpr size_t jwt_bytes = 8 << 10;
inline constexpr size_t jwt_secret_bytes_min = 32; ///< RFC 7518, 3.2.
inline constexpr auto jwt_leeway = 60s;

/// Of how a user wants to be called, and of where their picture is.
inline constexpr size_t display_name_bytes = 128;
inline constexpr size_t avatar_bytes = 512;

/// Of these a user's last ones are kept, and shown in one answer of some 40 KB.
inline constexpr size_t online_sessions_kept = 1024;

/// Who comes back so soon was there all the time.
inline constexpr auto online_gap = 60s;

/// How long somebody who does nothing was online is written this often, so that it is
/// not lost with a node: a write for each connection.
inline constexpr auto online_noted_every = 30min;

inline constexpr size_t members_per_room = 100'000;
/// Members of a room that can be renamed: each has its title in their list, and one
/// outbox row names them all.
inline constexpr size_t renamed_members = 400;

/// Who may ask to be let into a room, or be banned from it, at a time; a room has
/// them all in memory.
inline constexpr size_t outsiders_per_room = 10'000;

inline constexpr size_t conversations_per_user = 10'000;

/// Conversations that a user pins: who has more on top finds none of them.
inline constexpr size_t pins_per_user = 100;

/// Conversations whose mentions are counted before others are served.
inline constexpr size_t mentions_counted_at_once = 256;

/// Contacts of a user, and others whom they block: more than anybody knows, and an
/// inbox has them all in memory.
inline constexpr size_t contacts_per_user = 5'000;

/// Open requests of a user to be a contact, and of others to them: nobody looks
/// through more, and whoever asks a crowd is one who annoys it.
inline constexpr size_t contact_requests = 256;

/// Versions of contacts that are none any more which an inbox keeps, so that late
/// mail changes nothing; each for `contact_forgotten_after`.
inline constexpr size_t contacts_remembered = 1024;

/// Others whom one connection watches: more than a screen shows.
inline constexpr size_t watched_per_device = 256;

/// Others who watch a user without being a contact; each costs a letter when the user
/// comes or goes. More are answered, but not told.
inline constexpr size_t watchers_per_user = 1024;

/// Watchers that a shard remembers for users who sleep, 24 bytes each: a crowd that
/// watches strangers costs a node no more than 100 MiB.
inline constexpr size_t watchers_per_shard = 64 << 10;

/// Stays of one member in one room that are remembered; what an older one
/// showed is no longer theirs.
inline constexpr size_t stays_per_member = 16;

/// Connections of one node; each also costs the kernel some 10 KB.
inline constexpr size_t connections = 100'000;

/// Threads that serve clients. Their index is four bits of every session's id.
inline constexpr size_t io_threads = 16;

/// Of them from one address, unless the operator says otherwise: the users behind one
/// router of a provider or a company.
inline constexpr size_t connections_per_address = 1000;

/// Addresses, and users, whose rates are remembered before those that count no more
/// are looked for: some 100 bytes each.
inline constexpr size_t visitors_remembered = 4096;
inline constexpr size_t users_remembered = 4096;

/// Requests a second that one user may send to one node, unless the operator says
/// otherwise: many times what people do, and little of what a node can. For a while
/// it may be more: a client that comes back has much to ask.
inline constexpr unsigned user_requests = 1000;
inline constexpr unsigned user_burst_seconds = 4;

/// Passwords waiting to be hashed; at some 15 ms each on one core the last
/// would wait two seconds. Beyond: `overloaded`.
inline constexpr size_t hash_queue = 256;

// -- time -------------------------------------------------------------------------

/// First resend to a device that does not acknowledge; doubles each time.
inline constexpr auto resend_after = 5s;

/// Share by which a resend is moved at random, so that a crowd spreads out.
inline constexpr double resend_jitter = 0.2;

/// Resends before the connection is closed.
inline constexpr unsigned resend_tries = 5;

/// A connection that was silent this long is pinged ...
inline constexpr auto ping_after = 30s;

/// ... and closed after this.
inline constexpr auto dead_after = 75s;

/// Time to say hello and log in.
inline constexpr auto login_within = 30s;

/// Every so often a share of the sessions looks after its timers ...
inline constexpr auto session_tick = 500ms;

/// ... so that each of them does every five seconds.
inline constexpr size_t session_tick_shares = 10;

/// Timers of rooms and inboxes ring at multiples of this: many share a tick.
inline constexpr std::chrono::microseconds timer_grain = 20ms;

/// A request that was not answered in this time is answered with `retry`.
inline constexpr auto answer_within = 15s;

/// What comes for a shard that nobody leads waits this long for an election.
inline constexpr auto leader_within = 3s;

/// A membership change is answered as pending after this.
inline constexpr auto pending_after = 2s;

/// A request to be a contact that was not answered is over: who did not in a month
/// will not.
inline constexpr auto contact_request_for = 30 * 24h;

/// What is said of a contact that is none any more is forgotten: mail that is
/// still on its way is late by seconds.
inline constexpr auto contact_forgotten_after = 24h;

/// First repeat of an outbox row that was not confirmed; doubles up to a minute.
inline constexpr auto outbox_repeat_after = 2s;
inline constexpr auto outbox_repeat_max = 60s;

/// A room that nobody used this long is passivated.
inline constexpr auto room_idle = 10min;

/// An inbox without a device online is passivated soon: everything in it can
/// be read again.
inline constexpr auto inbox_idle = 10s;

/// Receipts of one member of a direct chat are sent at most this often ...
inline constexpr auto receipt_every = 100ms;

/// ... and of a room, where each one may go to every member.
inline constexpr auto room_receipt_every = 2s;

/// Receipts are pushed in conversations of up to this many members; in larger
/// ones clients ask for the members.
inline constexpr size_t receipt_members = 32;

/// Members of a room that tells who has read a message: it looks at each of them for
/// every question, and nobody looks through more.
inline constexpr size_t readers_members = 1000;

/// A message may be edited and recalled by who sent it for so long: slips are
/// noticed on the day, and what was agreed must not change later.
inline constexpr auto edit_within = 24h;
inline constexpr auto recall_within = 48h;

/// Who writes is shown at most this often, in conversations of up to
/// `receipt_members`.
inline constexpr auto typing_every = 2s;

/// Who has left is there for others a while longer: most come back at once, on another
/// network. So long also does somebody count as online of whom nothing is known since
/// another node leads them.
inline constexpr auto presence_grace = 6s;

/// A user's presence is told at most this often, however often it changes.
inline constexpr auto presence_every = 2s;

/// When somebody was last seen is written when they leave, and this often before, so
/// that a crash does not make it yesterday.
inline constexpr auto last_seen_every = 5min;

/// A wall clock that leaps forward by so much or more is not believed before it has stood
/// so for a while, in which somebody may look at it: what it ends or deletes does not come
/// back. Less than that ends nothing that matters.
inline constexpr auto leap_least = 60s;
inline constexpr auto leap_stands = 1h;

/// What ends by the wall clock is looked at this often, for that may be set.
inline constexpr auto wall_looked_at_every = 1h;

/// How long messages may be kept at most, besides for ever: a hundred years.
inline constexpr uint64_t retention_seconds_max = 100ull * 365 * 24 * 3600;

/// Messages that are over are looked for this often in a room that is awake ...
inline constexpr auto retention_every = 10s;

/// ... and in those that sleep, a page of this many at a time, this often.
inline constexpr auto retention_sweep_every = 1h;
inline constexpr size_t retention_page = 256;
inline constexpr auto retention_page_every = 1s;

/// A broadcast goes to so many users at a time, and that this often: 5,000 a second.
/// Their chats and inboxes are awake for ten seconds, at some 4 KB each.
inline constexpr size_t broadcast_page = 256;
inline constexpr auto broadcast_page_every = 50ms;

/// Rooms of up to this many members note who is away when something is written; larger
/// ones, whom it mentions.
inline constexpr size_t noticed_members = 256;

/// Who is away and was noted is noted again after this.
inline constexpr auto note_again_after = 10min;

/// Mentions that a notice counts.
inline constexpr size_t noticed_mentions = 1000;

/// What is told of a live room in a second: messages times who is online. A node
/// tells some half a million; more is dropped, up to this long ahead.
inline constexpr uint64_t live_deliveries = 200'000;
inline constexpr auto live_ahead = 1s;

/// Bytes that a client has not read, beyond which what comes of live rooms is
/// dropped: some seconds of reading.
inline constexpr size_t live_queue_bytes = 256 << 10;

/// Who was not shown something of a live room is told so by then, even if nothing
/// more comes.
inline constexpr auto live_dropped_after = 1s;

/// Cursors are written at most this often, or after so many messages. What is
/// lost by a crash is delivered again.
inline constexpr auto cursor_write_after = 1s;
inline constexpr size_t cursor_write_every = 256;

/// What should be in history and is not there is read again after this: a
/// follower of a shard is some milliseconds behind its leader.
inline constexpr auto read_again_after = 20ms;

/// A fact that was asked for and did not come is asked for again after this.
inline constexpr auto ask_again_after = 2s;

/// A shard or store that was asked how it is and did not say so in this time is
/// reported as silent; well before whoever asks the node gives up.
inline constexpr auto report_within = 2s;

/// A wrong admin key is answered after this.
inline constexpr auto admin_refusal_after = 1s;

// -- passwords --------------------------------------------------------------------

/// Argon2id, OWASP's first choice for servers (Password Storage Cheat Sheet):
/// 19 MiB, two passes, one lane.
inline constexpr size_t argon2_bytes = 19 << 20;
inline constexpr unsigned argon2_passes = 2;

/// Wrong passwords for one account: ten, then one a minute. Nobody finds a password that
/// is worth anything with 1,440 guesses a day, and who has a token needs none.
inline constexpr auto account_guess_every = 60s;
inline constexpr unsigned account_guesses = 10;

/// From one address, over all accounts: a company's people on a Monday morning.
inline constexpr auto address_guess_every = 6s;
inline constexpr unsigned address_guesses = 20;

/// Attempts to make accounts from one address: each may be a row for ever.
inline constexpr auto address_registration_every = 60s;
inline constexpr unsigned address_registrations = 20;

/// Lines of one address in the audit log besides those of who came in; it must not be
/// filled by them.
inline constexpr auto address_told_every = 60s;
inline constexpr unsigned address_told = 20;

/// The audit log: lines that wait to be written, bytes of a file, and files before the
/// oldest is let go.
inline constexpr size_t audit_lines = 8192;
inline constexpr size_t audit_file_bytes = 10 << 20;
inline constexpr size_t audit_files = 10;

/// Bytes of a login token, drawn at random.
inline constexpr size_t token_bytes = 32;

// -- disk -------------------------------------------------------------------------

/// Below this much free space writes are refused with `storage_full`.
inline constexpr uint64_t disk_reserve_bytes = 256ull << 20;

} // namespace parley::limits
