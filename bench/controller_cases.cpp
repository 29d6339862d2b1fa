// SPDX-License-Identifier: Apache-2.0
#include "controller_cases.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

#include "control/controller.h"
#include "scratch_router.h"
#include "table_scale.h"

namespace ricochet::bench {
namespace {

// More often than in a router, so that a short run has some.
constexpr uint32_t kChangesPerSnapshot = 8;

// A controller that rules over a scratch router, from nothing.
Result<std::unique_ptr<Controller>> start(ScratchRouter& router, const LearnedNeighbours& network) {
  auto store = GenerationStore::open(router.store_path(), 0);
  if (!store) return store.error();
  auto controller = std::make_unique<Controller>(*std::move(store), RouterState{},
                                                 router.dataplane(), ControllerOptions{});
  if (auto started = controller->start(network); !started) return started.error();
  router.dataplane().take_grace();
  return controller;
}

struct ChangeTime {
  Milliseconds without_grace;
  Milliseconds grace;
};

Result<ChangeTime> change(Controller& controller, TimedDataplane& dataplane, const Edit& edit) {
  const Stopwatch watch;
  const ChangeReport report = controller.change(edit, {.cause = "bench"});
  const Milliseconds elapsed = watch.elapsed();
  if (!report.outcome.ok()) return error("{}", report.outcome.message);
  if (!report.changed) return error("a change changed nothing");
  const Milliseconds grace = dataplane.take_grace();
  return ChangeTime{elapsed - grace, grace};
}

Edit become(const Configuration& wanted) {
  return [wanted](Configuration& configuration) {
    configuration = wanted;
    return done({});
  };
}

// What DELETE and PUT of /v1/pools/web/backends/... do.
Edit set_pool(const Pool& pool) {
  return [&pool](Configuration& configuration) {
    configuration.pools.at(kPoolName) = pool;
    return done({});
  };
}

Result<std::vector<TableRow>> measure_whole(uint32_t backends, uint32_t runs) {
  const Pool all = pool_of(backends);
  const Pool but_one = without_one(all);
  auto router = ScratchRouter::open();
  if (!router) return router.error();
  TimedDataplane& dataplane = (*router)->dataplane();
  auto controller = start(**router, network_of(all));
  if (!controller) return controller.error();
  const Configuration first{
      .pools = {{kPoolName, all}}, .services = services_of(backends), .neighbours = {}};
  if (auto made = change(**controller, dataplane, become(first)); !made) return made.error();

  std::vector<Milliseconds> without_grace, grace;
  for (uint32_t run = 0; run < runs; ++run) {
    const auto time = change(**controller, dataplane, set_pool(run % 2 == 0 ? but_one : all));
    if (!time) return time.error();
    without_grace.push_back(time->without_grace);
    grace.push_back(time->grace);
  }
  const uint64_t table_bytes = uint64_t{dataplane.table_memory().used_buckets} * sizeof(Bucket);
  return std::vector<TableRow>{
      {fmt::format("publish/maglev/{}", backends), timing_of(std::move(without_grace))},
      {fmt::format("grace/maglev/{}", backends), timing_of(std::move(grace))},
      {.name = fmt::format("memory/tables/{}", backends), .bytes = table_bytes}};
}

// The three great steps of a change, done as the controller does them.
Result<std::vector<TableRow>> measure_parts(uint32_t backends, uint32_t runs) {
  const Pool all = pool_of(backends);
  const Pool but_one = without_one(all);
  const Neighbours network = network_of(all).neighbours;
  auto router = ScratchRouter::open();
  if (!router) return router.error();
  auto store = GenerationStore::open((*router)->store_path(), 0);
  if (!store) return store.error();
  TimedDataplane& dataplane = (*router)->dataplane();
  DataplaneSync sync(dataplane);

  RouterState state;
  std::vector<Milliseconds> fold_times, append_times, sync_times, snapshot_times;
  for (uint32_t run = 0; run <= runs; ++run) {
    const Generation generation = change_to(state, run % 2 == 0 ? all : but_one);
    const Stopwatch fold_watch;
    auto step = fold(state, generation);
    const Milliseconds fold_time = fold_watch.elapsed();
    if (!step) return step.error();
    state = std::move(step->state);

    const Stopwatch append_watch;
    if (auto appended = store->append(generation); !appended) return appended.error();
    const Milliseconds append_time = append_watch.elapsed();

    std::set<PoolIndex> published;
    dataplane.take_grace();
    const Stopwatch sync_watch;
    if (auto synced = sync.apply(state, network, published); !synced) return synced.error();
    const Milliseconds sync_time = sync_watch.elapsed() - dataplane.take_grace();
    if (run == 0) continue;  // makes the pool
    fold_times.push_back(fold_time);
    append_times.push_back(append_time);
    sync_times.push_back(sync_time);
    if (run % kChangesPerSnapshot != 0) continue;
    const Stopwatch snapshot_watch;
    if (auto saved = store->save_snapshot(state); !saved) return saved.error();
    snapshot_times.push_back(snapshot_watch.elapsed());
  }
  const std::string name = fmt::format("publish/maglev/{}", backends);
  return std::vector<TableRow>{{name + "/fold", timing_of(std::move(fold_times))},
                               {name + "/append", timing_of(std::move(append_times))},
                               {name + "/sync", timing_of(std::move(sync_times))},
                               {name + "/snapshot", timing_of(std::move(snapshot_times))}};
}

Result<uint64_t> resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t all_pages = 0, resident_pages = 0;
  if (!(statm >> all_pages >> resident_pages)) return error("cannot read /proc/self/statm");
  return resident_pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

Result<std::vector<TableRow>> measure_publish(uint32_t backends, uint32_t runs) {
  auto rows = measure_whole(backends, runs);
  if (!rows) return rows;
  auto parts = measure_parts(backends, runs);
  if (!parts) return parts;
  rows->insert(rows->begin() + 1, parts->begin(), parts->end());
  return rows;
}

Result<std::vector<TableRow>> measure_apply(uint32_t size, uint32_t runs) {
  const Pool pool = pool_of(size);
  const Configuration wanted{
      .pools = {{kPoolName, pool}}, .services = services_of(size), .neighbours = {}};
  std::vector<Milliseconds> times;
  uint64_t bytes = 0;
  for (uint32_t run = 0; run < runs; ++run) {
    auto router = ScratchRouter::open();
    if (!router) return router.error();
    auto controller = start(**router, network_of(pool));
    if (!controller) return controller.error();
    const auto time = change(**controller, (*router)->dataplane(), become(wanted));
    if (!time) return time.error();
    times.push_back(time->without_grace);
    auto resident = resident_bytes();
    if (!resident) return resident.error();
    bytes = *resident;
  }
  return std::vector<TableRow>{{fmt::format("apply/{}", size), timing_of(std::move(times))},
                               {.name = fmt::format("memory/process/{}", size), .bytes = bytes}};
}

}  // namespace ricochet::bench
