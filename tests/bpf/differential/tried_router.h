// SPDX-License-Identifier: Apache-2.0
// The router program on trial: tables of the model laid into its maps, frames run through it.
#pragma once

#include <memory>
#include <optional>

#include "loaded_router.h"
#include "random_router.h"
#include "router_model.h"
#include "tap_records.h"
#include "xdp_run.h"

namespace ricochet::test {

class TriedRouter {
 public:
  // In place of all that was laid before.
  void lay(const reference::RouterTables& tables);

  // One frame, and nothing looked at but itself.
  [[nodiscard]] XdpResult run(const RouterFrame& frame) const;
  // What was counted since the last call, or since the tables were laid. Without action and packet.
  Outcome take_counted();

  // The ports that the program has noted of fragments. They are as laid again after it.
  std::optional<reference::Ports> take_note(const reference::FragmentKey& key);

  // As the tap shows it: one record as the frame comes and one of what became of it.
  void set_tap(bool on);
  std::vector<Shown> take_shown() { return what_is_shown(router_->tap()); }

 private:
  void remove_tables();
  void clear_words(bpf_map* map, uint32_t sets, uint64_t key);

  std::unique_ptr<LoadedRouter> router_;
  reference::RouterTables laid_;
  bool tapped_ = false;
  std::map<std::string, uint64_t> counters_;
  std::map<uint32_t, Traffic> traffic_;
};

// In the words of the other tests.
Outcome outcome_of(const reference::RouterDecision& decision);

}  // namespace ricochet::test
