#include "schema/user_codec.hpp"

#include "schema/message_codec.hpp"

namespace parley::wire {

profile read_profile(schema::Profile::Reader x) {
  return {view(x.getDisplayName()), view(x.getAvatar())};
}

void write_profile(schema::Profile::Builder out, const profile& x) {
  set_text(out.initDisplayName(count_of(x.display_name)), x.display_name);
  set_text(out.initAvatar(count_of(x.avatar)), x.avatar);
}

user_profile read_user_profile(schema::ServerFrame::UserProfile::Reader x) {
  return {read_id<user_id>(x.getUser()), view(x.getName()), read_profile(x.getProfile()),
          x.getService()};
}

void write_user_profile(schema::ServerFrame::UserProfile::Builder out, const user_profile& x) {
  write_id(out.initUser(), x.user);
  set_text(out.initName(count_of(x.name)), x.name);
  write_profile(out.initProfile(), x.shown);
  out.setService(x.service);
}

online_times read_online_times_found(schema::ServerFrame::OnlineTimes::Reader x) {
  online_times result;
  for (auto y : x.getSessions())
    result.sessions.push_back({device_id{y.getDevice()}, y.getStart(), y.getEnd(), y.getOnline()});
  for (auto y : x.getDays())
    result.days.push_back({y.getStart(), y.getSeconds()});
  return result;
}

void write_online_times(schema::ServerFrame::OnlineTimes::Builder out, const online_times& x) {
  auto sessions = out.initSessions(count_of(x.sessions));
  for (capnp::uint i = 0; i < sessions.size(); ++i) {
    auto& from = x.sessions[i];
    sessions[i].setDevice(from.device.value);
    sessions[i].setStart(from.start);
    sessions[i].setEnd(from.end);
    sessions[i].setOnline(from.online);
  }
  auto days = out.initDays(count_of(x.days));
  for (capnp::uint i = 0; i < days.size(); ++i) {
    days[i].setStart(x.days[i].start);
    days[i].setSeconds(x.days[i].seconds);
  }
}

} // namespace parley::wire
