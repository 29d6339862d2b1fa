// SPDX-License-Identifier: Apache-2.0
#include "control/controller.h"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "control/warnings.h"

namespace ricochet {
namespace {

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string summary_of(const Generation& generation, const Step& step, std::string_view verb) {
  return fmt::format("Generation {} {}: pools changed {}, buckets moved {}, owners evicted {}",
                     generation.number, verb, step.costs.size(), step.cost.buckets_moved,
                     step.cost.history_evicted_live);
}

}  // namespace

Controller::Controller(GenerationStore store, RouterState recovered, RouterDataplane& dataplane,
                       const ControllerOptions& options)
    : options_(options),
      dataplane_(dataplane),
      store_(std::move(store)),
      sync_(dataplane),
      state_(std::make_shared<const RouterState>(std::move(recovered))),
      learned_(std::make_shared<const LearnedNeighbours>()),
      settling_(mutex_, options.settle_duration,
                [this](PoolIndex pool) { sync_.clear_settling(pool); }),
      pin_sweeper_(mutex_, options.pin_sweep_interval, [this] { dataplane_.sweep_pins(); }),
      flow_sweeper_(mutex_, options.flow_sweep_interval, [this] { dataplane_.sweep_flows(); }) {
  for (const PortStatus& port : dataplane.ports()) port_names_.insert(port.name);
  look_at_ports();
}

Result<void> Controller::start(LearnedNeighbours learned) {
  const std::lock_guard lock(mutex_);
  learned_ = std::make_shared<const LearnedNeighbours>(std::move(learned));
  unproven_ = unreachable_backends(state_->configuration, state_->backends,
                                   usable_now(state_->configuration));
  std::erase_if(unproven_,
                [this](Address address) { return state_->unreachable.contains(address); });
  sync_.adopt();
  if (auto synced = synchronise(); !synced) return synced;
  if (auto attached = dataplane_.attach(); !attached) return attached;
  look_at_ports();
  follow_network("start");

  // An earlier daemon may have died before it ended the settling of what it published.
  std::set<PoolIndex> pools;
  for (const auto& [name, pool] : state_->pools) pools.insert(pool.index);
  settling_.start(pools);
  pin_sweeper_.start();
  flow_sweeper_.start();
  return {};
}

ChangeReport Controller::change(const Edit& edit, const ChangeOptions& options) {
  ChangeReport report;
  {
    const std::lock_guard lock(mutex_);
    report = change_locked(edit, options);
  }
  if (report.changed && !options.dry_run) notify_();
  return report;
}

ChangeReport Controller::change_locked(const Edit& edit, const ChangeOptions& options) {
  ChangeReport report;
  report.generation = state_->generation;
  if (options.expected_generation && *options.expected_generation != state_->generation) {
    report.outcome = conflict(fmt::format(
        "Nothing changed: generation {} is in force, not {}. Look at what it changed and "
        "try again",
        state_->generation, *options.expected_generation));
    return report;
  }
  Configuration wanted = state_->configuration;
  report.outcome = edit(wanted);
  if (report.outcome.ok()) report.outcome = check(wanted);
  if (!report.outcome.ok()) return report;
  return advance(next_generation(wanted, options), options.dry_run);
}

Outcome Controller::check(const Configuration& wanted) const {
  if (const auto invalid = find_invalid(wanted)) {
    Outcome outcome = refused(fmt::format("Nothing changed: {}", invalid->message));
    outcome.where = invalid->where;
    return outcome;
  }
  for (const auto& [address, neighbour] : wanted.neighbours) {
    if (port_names_.contains(neighbour.interface)) continue;
    Outcome outcome =
        refused(fmt::format("Nothing changed: {} is no port of this router, which has {}",
                            neighbour.interface, fmt::join(port_names_, ", ")));
    outcome.where = {"neighbours", address.to_string(), "interface"};
    return outcome;
  }
  return done({});
}

Generation Controller::next_generation(const Configuration& wanted,
                                       const ChangeOptions& options) const {
  Generation generation;
  generation.number = state_->generation + 1;
  generation.time_ms = now_ms();
  generation.cause = options.cause;
  generation.difference = difference(state_->configuration, wanted);
  generation.unreachable = unreachable_backends(wanted, state_->backends, usable_now(wanted));
  for (const Address address : unproven_) generation.unreachable.erase(address);
  generation.shifts = options.shifts;
  return generation;
}

bool Controller::changes_anything(const Generation& generation) const {
  const auto& pools = state_->configuration.pools;
  const bool shifts = generation.shifts && std::ranges::any_of(pools, [](const auto& pool) {
                        return pool.second.table.history == HistoryPolicy::two_tables;
                      });
  return shifts || generation.clears_history || !generation.difference.empty() ||
         generation.unreachable != state_->unreachable;
}

Result<Step> Controller::plan(const Generation& generation) const {
  auto step = fold(*state_, generation);
  if (!step) return step;
  const uint64_t usable = dataplane_.table_memory().capacity_buckets - 1;  // bucket 0 is nobody's
  // What the network does later has to fit, too. Less than there was is right also when it is still
  // too much, after a start with less memory.
  uint64_t needed = buckets_needed(*state_, step->state);
  const uint64_t later = buckets_needed_later(step->state);
  if (later > buckets_needed_later(*state_)) needed = std::max(needed, later);
  if (needed > usable) {
    return error(
        "the tables need {} KiB while they change and the router has {}: give it more "
        "(table_memory_mib, at its next start), or use fewer or smaller pools (buckets)",
        needed * sizeof(Bucket) / 1024, usable * sizeof(Bucket) / 1024);
  }
  return step;
}

ChangeReport Controller::advance(const Generation& generation, bool dry_run) {
  ChangeReport report;
  report.generation = state_->generation;
  // First what an earlier failure left undone: numbers that it freed are given away again.
  const auto caught_up = behind_ && !dry_run ? synchronise() : Result<void>();
  if (!caught_up) {
    report.outcome = failed(fmt::format("Nothing changed: generation {} is still not in force: {}",
                                        state_->generation, caught_up.error().message));
    return report;
  }
  if (!changes_anything(generation)) {
    report.outcome = done(fmt::format("Nothing changed: generation {} stays", state_->generation));
    return report;
  }
  auto step = plan(generation);
  if (!step) {
    report.outcome = refused(fmt::format("Nothing changed: {}", step.error().message));
    return report;
  }
  report.generation = generation.number;
  report.changed = true;
  report.difference = generation.difference;
  report.cost = step->cost;
  report.costs = step->costs;
  report.warnings = warnings_of(*state_, generation, *step);
  if (dry_run) {
    report.outcome = done(summary_of(generation, *step, "would be installed"));
    return report;
  }
  for (const std::string& warning : report.warnings) spdlog::warn("{}", warning);
  report.outcome = publish(generation, *std::move(step));
  report.changed = state_->generation == generation.number;
  report.generation = state_->generation;
  return report;
}

// Log first, then memory, then the data plane: what the log has, a restart brings about.
Outcome Controller::publish(const Generation& made, Step step) {
  Generation generation = made;
  generation.cost = step.cost;
  if (auto appended = store_.append(generation); !appended) {
    return failed(fmt::format("Nothing changed: {}", appended.error().message));
  }
  state_ = std::make_shared<const RouterState>(std::move(step.state));
  if (store_.snapshot_is_due()) {
    if (auto saved = store_.save_snapshot(*state_); !saved)
      spdlog::warn("{}", saved.error().message);
  }
  const std::string summary = summary_of(generation, step, "installed");
  if (auto synced = synchronise(); !synced) {
    return failed(
        fmt::format("{}; it is recorded but not wholly in force, change something or restart "
                    "the router to go on: {}",
                    summary, synced.error().message));
  }
  spdlog::info("{} ({})", summary, generation.cause);
  return done(summary);
}

const Neighbours& Controller::usable_now(const Configuration& configuration) const {
  if (usable_.learned != learned_ || usable_.fixed != configuration.neighbours) {
    usable_ = {.learned = learned_,
               .fixed = configuration.neighbours,
               .all = usable_neighbours(configuration, learned_->neighbours, present_ports_)};
  }
  return usable_.all;
}

void Controller::look_at_ports() {
  usable_ = {};
  present_ports_.clear();
  for (const PortStatus& port : dataplane_.ports()) {
    if (port.ifindex != 0) present_ports_.insert(port.name);
  }
}

Result<void> Controller::synchronise() {
  std::set<PoolIndex> published;
  auto applied = sync_.apply(*state_, usable_now(state_->configuration), published);
  settling_.start(published);
  behind_ = !applied.ok();
  if (behind_) spdlog::error("{}", applied.error().message);
  return applied;
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
  ChangeReport report;
  {
    const std::lock_guard lock(mutex_);
    const Edit edit = [this](Configuration& configuration) {
      queue_.apply_to(configuration, options_.table);
      return done({});
    };
    report = change_locked(edit, {.cause = "install", .shifts = true});
    if (report.outcome.ok() || report.changed) queue_.clear();
  }
  if (report.changed) notify_();
  return report.outcome;
}

Outcome Controller::clear() {
  Outcome outcome;
  {
    const std::lock_guard lock(mutex_);
    Generation generation = next_generation({}, {.cause = "clear"});
    generation.clears_history = !state_->pools.empty();
    outcome = advance(generation, false).outcome;
    if (outcome.ok()) queue_.clear();
  }
  notify_();
  return outcome.ok() ? done("Cleared: no services, no pools, no neighbours") : outcome;
}

void Controller::observe(LearnedNeighbours learned) {
  const std::lock_guard lock(mutex_);
  if (*learned_ == learned && !network_is_due_) return;
  learned_ = std::make_shared<const LearnedNeighbours>(std::move(learned));
  follow_network("neighbours");
}

std::set<size_t> Controller::observe_ports(const PortInterfaces& ports) {
  const std::lock_guard lock(mutex_);
  const PortFailures failures = dataplane_.set_ports(ports);
  if (note_ports(ports, failures)) {
    look_at_ports();
    follow_network("ports");
  }
  std::set<size_t> missing;
  for (const auto& [index, failure] : failures) missing.insert(index);
  return missing;
}

// Returns whether there is anything new: a port that failed as it did before was and is not there.
bool Controller::note_ports(const PortInterfaces& ports, const PortFailures& failures) {
  bool is_new = false;
  for (const auto& [index, interface] : ports) {
    if (failures.contains(index)) continue;
    port_failures_.erase(index);
    sync_.forget_port(index);
    is_new = true;
  }
  for (const auto& [index, failure] : failures) {
    std::string& logged = port_failures_[index];
    if (logged == failure.message) continue;
    logged = failure.message;
    spdlog::error("{}", failure.message);
    sync_.forget_port(index);
    is_new = true;
  }
  return is_new;
}

void Controller::end_grace() {
  const std::lock_guard lock(mutex_);
  if (unproven_.empty()) return;
  unproven_.clear();
  follow_network("neighbours");
}

// Also when nobody became reachable or was lost: one may have moved to another port or MAC, or a
// port to another interface.
void Controller::follow_network(const char* cause) {
  for (const auto& [address, neighbour] : usable_now(state_->configuration)) {
    unproven_.erase(address);
  }
  const Generation generation = next_generation(state_->configuration, {.cause = cause});
  Outcome outcome = done({});
  if (changes_anything(generation)) outcome = advance(generation, false).outcome;
  network_is_due_ = !outcome.ok();
  if (network_is_due_) spdlog::error("{}", outcome.message);
  // Which next hops are live does not wait for a generation, and not for one that cannot be made.
  (void)synchronise();
}

std::set<Address> Controller::addresses_to_resolve() const {
  const std::lock_guard lock(mutex_);
  return ricochet::addresses_to_resolve(state_->configuration, state_->backends);
}

View Controller::view() const {
  const std::lock_guard lock(mutex_);
  return {.state = state_,
          .learned = learned_,
          .queue = queue_,
          .ports = dataplane_.ports(),
          .table_memory = dataplane_.table_memory(),
          .route_table = options_.table};
}

Result<std::vector<Generation>> Controller::log(size_t limit) const {
  const std::lock_guard lock(mutex_);
  return store_.log(limit);
}

}  // namespace ricochet
