#include "actors/history.hpp"

#include "persistence/query.hpp"
#include "persistence/rocks_metrics.hpp"

#include <caf/actor_cast.hpp>
#include <spdlog/spdlog.h>

namespace parley {

rows history_state::read(const load& x) const {
  rows result{x.token, ec::none, {}};
  result.results.resize(x.queries.size());
  for (size_t i = 0; i < x.queries.size(); ++i) {
    auto done = run_query(*disk, x.queries[i], result.results[i]);
    if (done.ok())
      continue;
    spdlog::error("event=read-failed text=\"{}\"", done.text);
    result.code = done.code;
    break;
  }
  return result;
}

store_report history_state::weigh(const ask_report& x) const {
  auto metrics = metrics_of(*disk);
  return {x.number, metrics.free_bytes, metrics.file_bytes, metrics.memtable_bytes};
}

history_actor::behavior_type history(history_actor::stateful_pointer<history_state> self,
                                     std::shared_ptr<const store> disk) {
  self->state.disk = std::move(disk);
  return {
    [self](const load& x) {
      if (auto reader = caf::actor_cast<reader_actor>(self->current_sender()))
        self->send(reader, self->state.read(x));
    },
    [self](const ask_report& x) {
      if (auto observer = caf::actor_cast<observer_actor>(self->current_sender()))
        self->send(observer, self->state.weigh(x));
    },
  };
}

} // namespace parley
