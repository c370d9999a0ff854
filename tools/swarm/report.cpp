#include "tools/swarm/report.hpp"

#include <cstdio>

namespace parley::swarm {

namespace {

double per_second(uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

} // namespace

nlohmann::json to_json(const options& how, const phases& took, const tally& counted,
                       const checker::verdict& judged) {
  auto percentiles = [](const histogram& x) {
    return nlohmann::json{{"p50", x.percentile(0.5)},
                          {"p90", x.percentile(0.9)},
                          {"p99", x.percentile(0.99)},
                          {"p999", x.percentile(0.999)},
                          {"max", x.max()}};
  };
  nlohmann::json errors = nlohmann::json::object();
  for (auto& [code, count] : counted.errors)
    errors[std::string{name_of(code)}] = count;
  return {
    {"scenario", how.scenario},
    {"users", how.users},
    {"seconds", took.load_seconds},
    {"rate", how.rate},
    {"window", how.window},
    {"size", how.size},
    {"sent", counted.sent},
    {"acked", counted.acked},
    {"refused", counted.refused},
    {"unknown", judged.unknown},
    {"delivered", counted.delivered},
    {"repeated", counted.repeated},
    {"lost", judged.lost},
    {"missing", judged.missing},
    {"gaps", judged.gaps},
    {"duplicated", judged.duplicated},
    {"reordered", judged.reordered},
    {"forged", judged.forged},
    {"rate_msgs_per_s", per_second(took.acked_in_load, took.load_seconds)},
    {"deliveries_per_s", per_second(took.delivered_in_load, took.load_seconds)},
    {"latency_us", percentiles(counted.latency)},
    {"acknowledgement_us", percentiles(counted.acknowledgement)},
    {"logins", counted.logins},
    {"logins_per_s", per_second(took.initial_logins, took.login_seconds)},
    {"reconnects", counted.reconnects},
    {"drained", took.drained},
    {"drain_seconds", took.drain_seconds},
    {"revised", counted.revised},
    {"unread_checked", counted.unread_checked},
    {"unread_wrong", judged.unread},
    {"receipts_checked", counted.receipts_checked},
    {"receipts_wrong", judged.receipts},
    {"versions_wrong", judged.versions},
    {"members_checked", counted.members_checked},
    {"members_wrong", judged.members},
    {"unanswered", counted.unanswered},
    {"files_checked", counted.files_checked},
    {"files_wrong", counted.files_wrong},
    {"presence_checked", counted.presence_checked},
    {"presence_wrong", counted.presence_wrong},
    {"typing", counted.typing},
    {"errors", errors},
    {"examples", judged.examples},
  };
}

std::string to_text(const nlohmann::json& x, const checker::verdict& judged) {
  char words[1024];
  auto number = [&x](const char* key) { return x[key].get<double>(); };
  auto latency = [&x](const char* key) { return x["latency_us"][key].get<double>() / 1000; };
  std::snprintf(
    words, sizeof words,
    "%s: %.0f users, %.1f s: %.0f messages/s acknowledged, %.0f deliveries/s\n"
    "  sent %.0f, acknowledged %.0f, refused %.0f, delivered %.0f, reconnects %.0f\n"
    "  latency ms: p50 %.2f, p90 %.2f, p99 %.2f, p999 %.2f, max %.2f\n"
    "  lost %.0f, missing %.0f, gaps %.0f, duplicated %.0f, reordered %.0f, "
    "forged %.0f\n"
    "  wrong: unread counts %.0f, receipts %.0f, versions %.0f, members %.0f, files %.0f, "
    "presence %.0f; unanswered %.0f\n",
    x["scenario"].get<std::string>().c_str(), number("users"), number("seconds"),
    number("rate_msgs_per_s"), number("deliveries_per_s"), number("sent"), number("acked"),
    number("refused"), number("delivered"), number("reconnects"), latency("p50"), latency("p90"),
    latency("p99"), latency("p999"), latency("max"), number("lost"), number("missing"),
    number("gaps"), number("duplicated"), number("reordered"), number("forged"),
    number("unread_wrong"), number("receipts_wrong"), number("versions_wrong"),
    number("members_wrong"), number("files_wrong"), number("presence_wrong"), number("unanswered"));
  std::string result = words;
  for (auto& example : judged.examples)
    result += "  " + example + "\n";
  if (!x["errors"].empty())
    result += "  errors: " + x["errors"].dump() + "\n";
  return result;
}

bool passed(const tally& counted, const checker::verdict& judged) {
  return judged.ok() && counted.unanswered == 0 && counted.files_wrong == 0
         && counted.presence_wrong == 0;
}

} // namespace parley::swarm
