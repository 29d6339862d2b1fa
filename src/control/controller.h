// SPDX-License-Identifier: Apache-2.0
//
// The single writer of one router: takes what the operator wants and what the network shows, keeps
// the log of generations, and makes the data plane follow. Every method may be called from any
// thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

#include "control/dataplane_sync.h"
#include "control/outcome.h"
#include "control/reachability.h"
#include "control/route_queue.h"
#include "control/settling_timer.h"
#include "store/generation_store.h"

namespace ricochet {

struct ControllerOptions {
  TableOptions table;  // of the pools that the paper's routes make
  std::chrono::milliseconds settle_duration{1000};
};

// Makes a configuration another one, or says why it cannot; what it did until then is thrown away.
using Edit = std::function<Outcome(Configuration& configuration)>;

struct ChangeOptions {
  std::string cause;                              // for the log: "apply", "backend web/10.0.0.1"
  std::optional<uint64_t> expected_generation{};  // a conflict if another one is in force
  bool dry_run = false;                           // nothing is changed
  bool shifts = false;                            // see Generation
};

// Everything that can be shown, as it was at one moment.
struct View {
  std::shared_ptr<const RouterState> state;
  std::shared_ptr<const LearnedNeighbours> learned;
  RouteQueue queue;
  std::vector<PortStatus> ports;
  TableMemory table_memory;
  TableOptions route_table;  // ControllerOptions::table
};

class Controller {
 public:
  // Fills the data plane with what the store recovered, then attaches it. dataplane outlives the
  // controller. `learned` is what the kernel knows now.
  static Result<std::unique_ptr<Controller>> start(GenerationStore store, RouterState recovered,
                                                   RouterDataplane& dataplane,
                                                   LearnedNeighbours learned,
                                                   const ControllerOptions& options);

  // One generation, or none if nothing changes. All or nothing: what the log has not taken has not
  // happened.
  ChangeReport change(const Edit& edit, const ChangeOptions& options);

  // Wait in the queue for install().
  Outcome add_route(const Route& route);
  Outcome remove_route(const Route& route);
  // Makes one generation of what is queued. Tables with the history `two-tables` shift also when
  // nothing is queued, as in the ECMP-ER paper.
  Outcome install();
  // Forgets the queue, the configuration, and all tables with their history.
  Outcome clear();

  // What the kernel knows now, in place of what it knew before. Backends that became reachable or
  // were lost make a generation.
  void observe(LearnedNeighbours learned);
  // A port appeared, is gone, or has another MAC address.
  void observe_port(size_t index, const std::optional<Interface>& port);

  [[nodiscard]] View view() const;
  // The log, newest first.
  Result<std::vector<Generation>> log(size_t limit) const;

  // Waits until no pool is settling, so that a daemon can stop without leaving one so.
  void wait_until_settled() { settling_.wait(); }
};

}  // namespace ricochet
