#include "tests/schema/samples.hpp"

namespace parley::testing {

namespace {

const conversation_id room{0x1112131415161718, 0x2122232425262728};
const user_id alice{0x3132333435363738, 0x4142434445464748};

wire::conversation sample_conversation() {
  return {room,
          wire::conversation_kind::room,
          "the title",
          9,
          7,
          2,
          3,
          8,
          "12345678",
          1,
          1'700'000'000'000'000,
          true,
          wire::for_ever,
          true,
          true};
}

wire::content with(wire::content x, wire::content_extra extra) {
  x.extra = std::make_shared<const wire::content_extra>(std::move(extra));
  return x;
}

wire::content sample_file() {
  return with({}, {wire::file{"a.png", "image/png", 77, "a hash of thirty-two bytes ....."}});
}

wire::content sample_place() {
  return with({}, {wire::location{48.25, -11.5, "home"}, 3, {"bob", "carol"}, "dave"});
}

} // namespace

wire::message sample_message() {
  return {room,
          5,
          4,
          1'700'000'000'000'000,
          alice,
          "alice",
          device_id{0x5152535455565758},
          6,
          wire::content{{}, "hello, world"}};
}

std::vector<wire::client_frame> client_samples() {
  std::vector<wire::client_body> bodies{
    wire::hello{1, "a test", "alice"},
    wire::register_account{"alice", "correct horse"},
    wire::login{"alice", "correct horse", {}, {{room, 3}, {room, 4}}},
    wire::login{"alice", {}, "a token of thirty-two bytes .....", {}},
    wire::logout{},
    wire::change_password{"correct horse", "battery staple"},
    wire::import_account{"robot"},
    wire::send{room, {}, 12, 11, {{}, "hello"}},
    wire::send{{}, "bob", 12, 11, {"game/move", "e2-e4"}},
    wire::ack{{{room, 3}, {room, 4}, {room, 5}}},
    wire::read{{room, 17}},
    wire::list_conversations{room, 50},
    wire::read_history{room, 1, 100, 20},
    wire::create_room{77, "the title", {"alice", "bob"}, true},
    wire::invite{room, {"carol", "dave"}},
    wire::kick{room, {"carol"}},
    wire::join{room},
    wire::leave{room},
    wire::list_members{room, alice, 30},
    wire::ping{},
    wire::pong{},
    wire::revise{room, 12, 11, {5, wire::revision_kind::edit, {{}, "hello"}}},
    wire::revise{room, 12, 11, {5, wire::revision_kind::recall}},
    wire::revise{room, 12, 11, {5, wire::revision_kind::react, {}, "+1"}},
    wire::revise{room, 12, 11, {5, wire::revision_kind::unreact, {}, "+1"}},
    wire::read_versions{room, 5},
    wire::hide{room, {5, 6}},
    wire::typing{room, {}},
    wire::send{room, {}, 12, 11, sample_file()},
    wire::send{room, {}, 12, 11, sample_place()},
    wire::create_room{77, "the title", {"alice"}, false, wire::room_access::by_request},
    wire::list_members{room, alice, 30, wire::member_list::banned},
    wire::change_room{room, wire::room_change::title, "a title"},
    wire::change_room{room, wire::room_change::announcement, "news"},
    wire::change_room{room, wire::room_change::access, {}, wire::room_access::by_request},
    wire::change_room{room, wire::room_change::quiet, {}, {}, true},
    wire::change_room{room, wire::room_change::transfer, "bob"},
    wire::change_room{room, wire::room_change::dissolve},
    wire::change_members{room, {"bob"}, wire::member_change::ban},
    wire::change_members{room, {"bob"}, wire::member_change::unban},
    wire::change_members{room, {"bob"}, wire::member_change::role, wire::room_role::admin},
    wire::change_members{room, {"bob"}, wire::member_change::mute, {}, 1'700'000'000'000'000},
    wire::change_members{room, {"bob", "carol"}, wire::member_change::approve},
    wire::change_members{room, {"bob"}, wire::member_change::refuse},
    wire::put_file{"a hash of thirty-two bytes .....", 77, 64, "some bytes"},
    wire::get_file{room, 5, 64},
    wire::keep_file{room, 5},
    wire::change_contact{"bob", wire::contact_change::request, "hello"},
    wire::change_contact{"bob", wire::contact_change::withdraw},
    wire::change_contact{"bob", wire::contact_change::accept},
    wire::change_contact{"bob", wire::contact_change::reject},
    wire::change_contact{"bob", wire::contact_change::remove},
    wire::change_contact{"bob", wire::contact_change::block},
    wire::change_contact{"bob", wire::contact_change::unblock},
    wire::change_contact{"bob", wire::contact_change::remark, "from work"},
    wire::list_contacts{alice, 30, wire::contact_list::blocked},
    wire::set_presence{wire::presence_change::active},
    wire::set_presence{wire::presence_change::away},
    wire::set_presence{wire::presence_change::visibility, wire::visibility::nobody},
    wire::ask_presence{{"bob", "carol"}, wire::presence_wish::watch},
    wire::list_conversations{room, 50, wire::conversation_list::hidden, 77, true},
    wire::change_conversation{room, wire::conversation_change::pin, true},
    wire::change_conversation{room, wire::conversation_change::mute, false, wire::for_ever},
    wire::change_conversation{room, wire::conversation_change::hide, true},
    wire::list_readers{room, 5, alice, 30},
    wire::read_history{room, 1, 100, 20, true, 77, 78},
    wire::create_room{77, "the title", {"alice"}, false, wire::room_access::closed, true},
    wire::login{"alice", "correct horse", {}, {}, wire::device_kind::mobile, "pocket"},
    wire::list_devices{},
    wire::revoke{{7, 8}, true},
    wire::set_profile{{"Alice L.", "a picture"}},
    wire::ask_profile{"bob"},
    wire::read_online_times{"bob", 77, 78},
    wire::search{room, "two words", 77, 30},
    wire::change_room{room, wire::room_change::keep, {}, {}, false, {86'400, 1000}},
    wire::broadcast{12, 11, {{}, "to all"}},
    wire::read_notices{63, 30},
    wire::confirm_notices{{{77, alice, room, 9}, {78, alice, room, 9}}},
  };
  std::vector<wire::client_frame> result;
  for (auto& body : bodies)
    result.push_back({result.size() + 1, body});
  return result;
}

wire::contact sample_contact() {
  return {alice,       "alice", wire::contact_state::asked, 1'700'000'000'000'000, "hello",
          "from work", true};
}

wire::presence sample_presence() {
  return {alice, "alice", wire::presence_state::away, 1'700'000'000'000'000};
}

std::vector<wire::server_frame> server_samples() {
  auto event = sample_message();
  event.body = wire::event{wire::event_kind::added, {"bob", "carol"},        "text", 5,
                           wire::room_role::admin,  wire::room_access::open, {60, 7}};
  auto custom = sample_message();
  custom.body = wire::content{"game/move", "e2-e4"};
  auto revision = sample_message();
  revision.body = wire::revision{4, wire::revision_kind::react, {}, "+1", 2};
  auto edit = sample_message();
  edit.body = wire::revision{4, wire::revision_kind::edit, sample_place()};
  auto revised = sample_message();
  revised.body = wire::revised{sample_file(), 9, {{"+1", 2}, {"-1", 1}}};
  auto gone = sample_message();
  gone.body = wire::tombstone{wire::tombstone_kind::hidden, 9};
  wire::error error{ec::overloaded, "too busy", true, 1000};
  std::vector<wire::server_body> bodies{
    sample_message(),
    event,
    custom,
    wire::sent{room, 5, 1'700'000'000'000'000},
    wire::done{},
    error,
    wire::welcome{
      1, "parley", 1 << 20, 16 << 10, 64, 256 << 10, 30, {"host:1", "host:2"}, "host:2", {"one"}},
    wire::session{alice, device_id{9}, "a token", 1'700'000'000'000'000},
    wire::conversations_page{{sample_conversation(), sample_conversation()}, true, 4, 5, 6, 7},
    wire::history_page{room, 9, {"12345678", "abcdefgh"}, true, 5},
    wire::change{room, 5, true, true},
    wire::members_page{{{alice, "alice", true, 4, 3, wire::room_role::owner, 9}},
                       1,
                       true,
                       wire::room_access::by_request,
                       true,
                       "news",
                       {60, 7}},
    sample_conversation(),
    wire::receipt{room, alice, 4, 3},
    wire::closing{error, {"host:1", "host:2"}},
    wire::ping{},
    wire::pong{},
    wire::versions_page{room, 5, {"12345678"}},
    wire::hidden{room, {5, 6}},
    wire::typing{room, alice},
    revision,
    edit,
    revised,
    gone,
    wire::file_state{64, true},
    wire::file_piece{77, 64, "some bytes"},
    sample_contact(),
    wire::contacts_page{{sample_contact()}, true, 7},
    sample_presence(),
    wire::presences{{sample_presence()}, wire::visibility::everyone},
    wire::presence_forgotten{},
    wire::readers_page{room, 5, 4, 3, 2, {{alice, "alice"}}, true},
    wire::live_message{sample_message()},
    wire::dropped{room, 7},
    wire::devices{{{{7}, wire::device_kind::web, "kiosk", 1, 2, 3, true, true}}},
    wire::user_profile{alice, "alice", {"Alice L.", "a picture"}, true},
    wire::online_times{{{{7}, 1, 2, true}}, {{3, 4}}},
    wire::found{room, {"a record"}, 7},
    wire::notices_page{{{{77, alice, room, 9},
                         "alice",
                         wire::conversation_kind::room,
                         "the title",
                         "bob",
                         8,
                         7,
                         true}}},
  };
  std::vector<wire::server_frame> result;
  for (auto& body : bodies)
    result.push_back({result.size(), body});
  return result;
}

std::vector<admin::request> admin_requests() {
  return {{1, admin::hello{admin::protocol_version, "a test", "a key of thirty-two bytes ......"}},
          {2, admin::ask_status{}},
          {3, admin::start_drain{}},
          {4, admin::ask_cluster{}},
          {5, admin::change_cluster{join_node{{4}, {"host", 7804}, "left"}}},
          {6, admin::change_cluster{leave_node{{2}}}},
          {7, admin::change_cluster{replace_node{{2}, {{5}, {"host", 7805}, ""}}}},
          {8, admin::change_cluster{move_replica{{64}, {1}, {5}}}},
          {9, admin::change_cluster{rebalance{}}}};
}

std::vector<admin::reply> admin_replies() {
  admin::shard_status led{false, node_id{7}, 16, 17, 18};
  admin::shard_status stuck{true, {}, 0, 0, 0};
  return {
    {1, admin::welcome{admin::protocol_version, "parleyd"}},
    {2,
     admin::node_status{
       "1.2.3", node_id{7}, 8, 9, true, 10, 11, 12, {false, 13, 14, 15}, {led, stuck}}},
    {3, admin::draining{10, true}},
    {4, admin::error{ec::wrong_credentials, "wrong admin key"}},
    {5, admin::cluster_status{{1},
                              7,
                              3,
                              {{{1}, "host:7801", "left", false, true, true}},
                              {{{1}, 9, {{1}, {2}}, {{1}}, {{2}, {3}}}}}},
  };
}

} // namespace parley::testing
