#include "schema/device_codec.hpp"

#include "schema/message_codec.hpp"

namespace parley::wire {

login read_login(schema::ClientFrame::Login::Reader x) {
  login result;
  result.name = view(x.getName());
  if (x.isToken())
    result.token = view(x.getToken());
  else if (x.isJwt())
    result.jwt = view(x.getJwt());
  else if (x.isPassword())
    result.password = view(x.getPassword());
  result.kind = static_cast<device_kind>(x.getKind());
  result.label = view(x.getLabel());
  return result;
}

void write_login(schema::ClientFrame::Login::Builder out, const login& x) {
  set_text(out.initName(count_of(x.name)), x.name);
  if (!x.jwt.empty())
    set_text(out.initJwt(count_of(x.jwt)), x.jwt);
  else if (x.token.empty())
    set_text(out.initPassword(count_of(x.password)), x.password);
  else
    out.setToken(as_data(x.token));
  out.setKind(static_cast<schema::DeviceKind>(x.kind));
  if (!x.label.empty())
    set_text(out.initLabel(count_of(x.label)), x.label);
}

devices read_devices(schema::ServerFrame::Devices::Reader x) {
  devices result;
  for (auto y : x.getDevices())
    result.all.push_back({device_id{y.getId()}, static_cast<device_kind>(y.getKind()),
                          view(y.getLabel()), y.getCreated(), y.getLastUsed(), y.getExpires(),
                          y.getOnline(), y.getCurrent()});
  return result;
}

void write_devices(schema::ServerFrame::Devices::Builder out, const devices& x) {
  auto list = out.initDevices(count_of(x.all));
  for (capnp::uint i = 0; i < list.size(); ++i) {
    auto y = list[i];
    auto& device = x.all[i];
    y.setId(device.id.value);
    y.setKind(static_cast<schema::DeviceKind>(device.kind));
    set_text(y.initLabel(count_of(device.label)), device.label);
    y.setCreated(device.created);
    y.setLastUsed(device.last_used);
    y.setExpires(device.expires);
    y.setOnline(device.online);
    y.setCurrent(device.current);
  }
}

} // namespace parley::wire
