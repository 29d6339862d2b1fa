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
#include "control/pin_sweeper.h"
#include "control/reachability.h"
#include "control/route_queue.h"
#include "control/settling_timer.h"
#include "store/generation_store.h"

namespace ricochet {

struct ControllerOptions {
  TableOptions table;  // of the pools that the paper's routes make
  std::chrono::milliseconds settle_duration{1000};
  std::chrono::milliseconds pin_sweep_interval{0};   // 0: pins are not swept
  std::chrono::milliseconds flow_sweep_interval{0};  // the same of the flows that are kept
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
  // Touches nothing and starts no thread: until start() there are views and dry runs, for which no
  // neighbour is learned. dataplane outlives the controller.
  Controller(GenerationStore store, RouterState recovered, RouterDataplane& dataplane,
             const ControllerOptions& options);

  // Fills the data plane with what the store recovered, then attaches it. `learned` is what the
  // kernel knows now.
  Result<void> start(LearnedNeighbours learned);

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
  // Ports appeared, are gone, or have another MAC address. Backends behind them become reachable or
  // are lost, which is a generation, also those whose neighbour is static. Returns ports that
  // cannot be had as things are: to be told of again, as they are then.
  [[nodiscard]] std::set<size_t> observe_ports(const PortInterfaces& ports);

  [[nodiscard]] View view() const;
  // The log, newest first.
  Result<std::vector<Generation>> log(size_t limit) const;

  // Addresses whose neighbours the kernel shall find out.
  [[nodiscard]] std::set<Address> addresses_to_resolve() const;
  // Called after each generation, on the thread that made it; set it before there are others.
  void on_generation(std::function<void()> notify) { notify_ = std::move(notify); }

  // Until this is called, a backend that the log calls reachable is believed to be so although
  // the kernel does not know it yet: after a reboot that takes it a moment.
  void end_grace();

  // Waits until no pool is settling, so that a daemon can stop without leaving one so.
  void wait_until_settled() { settling_.wait(); }

 private:
  // Everything below is called with the mutex held.
  // Valid until the next call.
  [[nodiscard]] const Neighbours& usable_now(const Configuration& configuration) const;
  [[nodiscard]] Generation next_generation(const Configuration& wanted,
                                           const ChangeOptions& options) const;
  [[nodiscard]] bool changes_anything(const Generation& generation) const;
  [[nodiscard]] Outcome check(const Configuration& wanted) const;
  [[nodiscard]] Result<Step> plan(const Generation& generation) const;
  ChangeReport change_locked(const Edit& edit, const ChangeOptions& options);
  ChangeReport advance(const Generation& generation, bool dry_run);
  Outcome publish(const Generation& generation, Step step);
  bool note_ports(const PortInterfaces& ports, const PortFailures& failures);
  void look_at_ports();
  void follow_network(const char* cause);
  Result<void> synchronise();

  mutable std::mutex mutex_;
  const ControllerOptions options_;
  RouterDataplane& dataplane_;
  mutable GenerationStore store_;
  DataplaneSync sync_;
  std::set<std::string> port_names_;
  std::set<std::string> present_ports_;          // those whose interface is there
  std::map<size_t, std::string> port_failures_;  // why a port cannot be had, as it was logged
  std::shared_ptr<const RouterState> state_;  // the fold of the log, whatever the data plane took
  std::shared_ptr<const LearnedNeighbours> learned_;
  // What usable_now() gave and of what it was made: most changes have the same network.
  struct Usable {
    std::shared_ptr<const LearnedNeighbours> learned;
    Neighbours fixed;
    Neighbours all;
  };
  mutable Usable usable_;
  std::set<Address> unproven_;   // reachable by the log, and not contradicted yet
  bool behind_ = false;          // the data plane has not taken all of state_
  bool network_is_due_ = false;  // what the network shows could not be made a generation
  RouteQueue queue_;
  std::function<void()> notify_ = [] {};
  SettlingTimer settling_;
  PinSweeper pin_sweeper_;
  PinSweeper flow_sweeper_;
};

}  // namespace ricochet
