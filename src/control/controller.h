// SPDX-License-Identifier: Apache-2.0
//
// The single writer of one router: takes what the operator wants, keeps the log of generations,
// and makes the data plane follow. Every method may be called from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>

#include "control/dataplane_sync.h"
#include "control/outcome.h"
#include "control/replay.h"
#include "control/route_queue.h"
#include "control/router_state.h"
#include "control/settling_timer.h"
#include "store/generation_store.h"

namespace ricochet {

struct ControllerOptions {
  Settings settings;  // those the store was opened with
  std::chrono::milliseconds settle_duration{1000};
  uint32_t bucket_capacity = RouterOptions{}.bucket_capacity();  // of the data plane
};

// Everything that can be shown, as it was at one moment.
struct Snapshot {
  HistoryPolicy history = HistoryPolicy::distinct;
  RouterState state;
  Neighbours neighbours;
  RouteQueue queue;
};

class Controller {
 public:
  // Brings the data plane to what was recovered from the store. dataplane outlives the controller.
  static Result<std::unique_ptr<Controller>> start(GenerationStore store, Recovered recovered,
                                                   RouterDataplane& dataplane,
                                                   const ControllerOptions& options);

  // Wait in the queue for install().
  Outcome add_route(const Route& route);
  Outcome remove_route(const Route& route);

  // Makes one generation of what is queued and publishes it. With history `two_tables` also when
  // nothing is queued: the current tables become the previous ones, as in the ECMP-ER paper.
  Outcome install();

  // At once, without a generation: an owner without a neighbour is skipped.
  Outcome set_neighbour(Ipv4Address address, const Neighbour& neighbour);
  Outcome remove_neighbour(Ipv4Address address);

  // Forgets the queue, all services with their history, and all neighbours.
  Outcome clear();

  [[nodiscard]] Snapshot snapshot() const;

  // Waits until no pool is settling, so that a daemon can stop without leaving one so.
  void wait_until_settled() { settling_.wait(); }

 private:
  Controller(GenerationStore store, Recovered recovered, RouterDataplane& dataplane,
             const ControllerOptions& options);

  [[nodiscard]] Generation next_generation(Services services) const;
  Result<Step> plan(const Generation& generation) const;
  Result<void> synchronise();
  Outcome publish(const Generation& generation, Step step);

  mutable std::mutex mutex_;
  const ControllerOptions options_;
  RouterDataplane& dataplane_;
  GenerationStore store_;
  DataplaneSync sync_;
  RouterState state_;  // the fold of the log, whatever the data plane took of it
  Neighbours neighbours_;
  RouteQueue queue_;
  SettlingTimer settling_;
};

}  // namespace ricochet
