// SPDX-License-Identifier: Apache-2.0
#include "control/controller.h"

#include <spdlog/spdlog.h>

#include "control/limits.h"

namespace ricochet {
namespace {

Outcome done(std::string message) {
  return {Outcome::Kind::done, std::move(message)};
}
Outcome refused(std::string message) {
  return {Outcome::Kind::refused, std::move(message)};
}
Outcome not_found(std::string message) {
  return {Outcome::Kind::not_found, std::move(message)};
}
Outcome failed(std::string message) {
  return {Outcome::Kind::failed, std::move(message)};
}

// Owners that a change forgets though they may hold connections. Without history every change does
// so by design, and nobody wants to read it.
uint32_t broken_promises(const ChangeCost& cost, HistoryPolicy history) {
  return history == HistoryPolicy::none ? 0 : cost.history_evicted_live;
}

bool can_be_a_machine(Ipv4Address address) {
  constexpr uint32_t kFirstMulticast = 224u << 24;
  return address != Ipv4Address{} && address.host_order() < kFirstMulticast;
}

}  // namespace

Result<std::unique_ptr<Controller>> Controller::start(GenerationStore store, Recovered recovered,
                                                      RouterDataplane& dataplane,
                                                      const ControllerOptions& options) {
  std::unique_ptr<Controller> controller(
      new Controller(std::move(store), std::move(recovered), dataplane, options));
  const std::lock_guard lock(controller->mutex_);
  if (auto synced = controller->synchronise(); !synced) return synced.error();

  // An earlier daemon may have died before it ended the settling of what it published.
  std::set<PoolIndex> pools;
  for (const auto& [key, pool] : controller->state_.pools) pools.insert(pool.index);
  controller->settling_.start(pools);
  return controller;
}

Controller::Controller(GenerationStore store, Recovered recovered, RouterDataplane& dataplane,
                       const ControllerOptions& options)
    : options_(options),
      dataplane_(dataplane),
      store_(std::move(store)),
      sync_(dataplane, {.mark = options.settings.mark,
                        .history = options.settings.history != HistoryPolicy::none}),
      state_(std::move(recovered.state)),
      neighbours_(std::move(recovered.neighbours)),
      settling_(mutex_, options.settle_duration,
                [this](PoolIndex pool) { sync_.clear_settling(pool); }) {
  sync_.adopt(recovered.earlier_backends);
}

Outcome Controller::add_route(const Route& route) {
  const std::lock_guard lock(mutex_);
  if (auto added = queue_.add(route); !added) return refused(added.error().message);
  return done(fmt::format("Route: {} enqueued", to_string(route)));
}

Outcome Controller::remove_route(const Route& route) {
  const std::lock_guard lock(mutex_);
  if (auto removed = queue_.remove(route); !removed) return refused(removed.error().message);
  return done(fmt::format("Route: {} enqueued", to_string(route)));
}

Outcome Controller::install() {
  const std::lock_guard lock(mutex_);
  if (auto synced = synchronise(); !synced) {
    return failed(fmt::format("Generation {} is still not in force, nothing was installed: {}",
                              state_.generation, synced.error().message));
  }
  const Services current = services_of(state_);
  const Services wanted = queue_.apply_to(current);
  const bool shifts = options_.settings.history == HistoryPolicy::two_tables;
  if (wanted == current && (!shifts || state_.pools.empty())) {
    queue_.clear();
    return done(fmt::format("Nothing changed: generation {} stays", state_.generation));
  }

  const auto refuse = [](const Error& reason) {
    return refused(fmt::format("Not installed, the queue stays: {}", reason.message));
  };
  if (auto valid = validate(wanted); !valid) return refuse(valid.error());
  const Generation generation = next_generation(wanted);
  auto step = plan(generation);
  if (!step) return refuse(step.error());
  return publish(generation, *std::move(step));
}

Generation Controller::next_generation(Services services) const {
  Generation generation;
  generation.number = state_.generation + 1;
  const auto note_unreachable = [&](const std::optional<Ipv4Address>& address) {
    if (address && !neighbours_.contains(*address)) generation.unreachable.insert(*address);
  };
  for (const auto& [id, address] : state_.backends) note_unreachable(address);
  for (const auto& [key, pool] : services) {
    for (const Backend& backend : pool.backends) note_unreachable(backend.address);
  }
  generation.services = std::move(services);
  return generation;
}

Result<Step> Controller::plan(const Generation& generation) const {
  auto step = fold(state_, generation, options_.settings);
  if (!step) return step;
  const uint64_t needed = buckets_needed(state_, step->state);
  const uint64_t usable = options_.bucket_capacity - 1;  // bucket 0 belongs to nobody
  if (needed > usable) {
    return error(
        "the tables need {} buckets while they change and the data plane has {}: use fewer "
        "services, or smaller tables (--buckets, with a new --state)",
        needed, usable);
  }
  return step;
}

Outcome Controller::publish(const Generation& generation, Step step) {
  const uint32_t forgotten = broken_promises(step.cost, options_.settings.history);
  if (forgotten != 0) {
    spdlog::warn("generation {} makes buckets forget {} owners that may still hold connections",
                 generation.number, forgotten);
  }
  if (auto appended = store_.append(generation); !appended) {
    return failed(fmt::format("Nothing changed: {}", appended.error().message));
  }
  state_ = std::move(step.state);
  queue_.clear();
  if (auto synced = synchronise(); !synced) {
    return failed(
        fmt::format("Generation {} is recorded but not wholly in force, install again or restart "
                    "the router to go on: {}",
                    generation.number, synced.error().message));
  }
  std::string message = fmt::format("Generation {} installed: pools changed {}, buckets moved {}",
                                    generation.number, step.pools_changed, step.cost.buckets_moved);
  if (forgotten != 0) message += fmt::format(", owners with connections forgotten {}", forgotten);
  spdlog::info("{}", message);
  return done(std::move(message));
}

Result<void> Controller::synchronise() {
  std::set<PoolIndex> published;
  auto applied = sync_.apply(state_, neighbours_, published);
  settling_.start(published);
  if (!applied) spdlog::error("{}", applied.error().message);
  return applied;
}

Outcome Controller::set_neighbour(Ipv4Address address, const Neighbour& neighbour) {
  const std::lock_guard lock(mutex_);
  const std::vector<PortStatus> ports = dataplane_.ports();
  if (!can_be_a_machine(address)) {
    return refused(fmt::format("{} is not the address of a machine", address.to_string()));
  }
  if (neighbour.port >= ports.size()) {
    return refused(fmt::format("There is no port {}: --ports names {}, counted from 0",
                               neighbour.port, ports.size()));
  }
  if (neighbours_.size() >= kNeighboursMax && !neighbours_.contains(address)) {
    return refused(
        fmt::format("A router has at most {} neighbours: delete others first", kNeighboursMax));
  }
  if (auto stored = store_.set_neighbour(address, neighbour); !stored) {
    return failed(fmt::format("Nothing changed: {}", stored.error().message));
  }
  neighbours_[address] = neighbour;
  const std::string name =
      fmt::format("Neighbour: {} at port {} ({}) with {}", address.to_string(), neighbour.port,
                  ports[neighbour.port].name, neighbour.mac.to_string());
  if (auto synced = synchronise(); !synced) {
    return failed(
        fmt::format("{} is recorded but not in force, add it again or restart the "
                    "router to go on: {}",
                    name, synced.error().message));
  }
  return done(name + " added");
}

// The data plane first: of a neighbour that only the store knows the data plane is told at the
// next start, but one that only the data plane knows would stay there for ever.
Outcome Controller::remove_neighbour(Ipv4Address address) {
  const std::lock_guard lock(mutex_);
  const auto found = neighbours_.find(address);
  if (found == neighbours_.end()) {
    return not_found(fmt::format("Neighbour: {} is not known", address.to_string()));
  }
  const Neighbour neighbour = found->second;
  neighbours_.erase(found);
  auto removed = synchronise();
  if (removed) removed = store_.remove_neighbour(address);
  if (!removed) {
    neighbours_.emplace(address, neighbour);
    const auto restored = synchronise();
    return failed(fmt::format("Neighbour: {} {}: {}", address.to_string(),
                              restored ? "stays" : "is only partly removed, delete it again",
                              removed.error().message));
  }
  return done(fmt::format("Neighbour: {} deleted", address.to_string()));
}

Outcome Controller::clear() {
  const std::lock_guard lock(mutex_);
  if (!state_.pools.empty()) {
    Generation generation = next_generation({});
    generation.clears_history = true;
    auto step = fold(state_, generation, options_.settings);
    if (!step) return refused(step.error().message);
    if (auto outcome = publish(generation, *std::move(step)); !outcome.ok()) return outcome;
  }
  queue_.clear();
  const Neighbours before = std::exchange(neighbours_, {});
  auto removed = synchronise();  // the data plane first, as in remove_neighbour
  if (removed) removed = store_.remove_all_neighbours();
  if (!removed) {
    neighbours_ = before;
    return failed(fmt::format("Services are cleared, neighbours are not all, clear again: {}",
                              removed.error().message));
  }
  return done("Cleared: no services, no neighbours");
}

Snapshot Controller::snapshot() const {
  const std::lock_guard lock(mutex_);
  return {.history = options_.settings.history,
          .state = state_,
          .neighbours = neighbours_,
          .queue = queue_};
}

}  // namespace ricochet
