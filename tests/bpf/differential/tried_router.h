// SPDX-License-Identifier: Apache-2.0
// The router program on trial: tables of the model laid into its maps, frames run through it.
#pragma once

#include <memory>
#include <optional>

#include "loaded_router.h"
#include "mapped_array.h"
#include "random_router.h"
#include "router_model.h"
#include "tap_records.h"
#include "xdp_run.h"

namespace ricochet::test {

// What the program wrote into its arrays: words that are others than those that were laid.
struct RouterWrites {
  std::map<size_t, uint64_t> buckets;
  std::map<size_t, uint64_t> pins;   // eight a set
  std::map<size_t, uint64_t> flows;  // of UDP that are kept, likewise
  bool operator==(const RouterWrites&) const = default;
};

class TriedRouter {
 public:
  // In place of all that was laid before.
  void lay(const reference::RouterTables& tables);

  // One frame, and nothing looked at but itself.
  [[nodiscard]] XdpResult run(const RouterFrame& frame) const;
  // What was counted since the last call, or since the tables were laid. Without action and packet.
  Outcome take_counted();

  // What the program has noted of fragments. They are as laid again after it.
  std::optional<reference::FragmentNote> take_note(const reference::FragmentKey& key);

  // Of the frames since the last call. All is as laid again after it.
  RouterWrites take_writes();
  // As the model says.
  [[nodiscard]] RouterWrites writes_of(const reference::RouterDecision& decision) const;

  // As the tap shows it: one record as the frame comes and one of what became of it.
  void set_tap(bool on);
  std::vector<Shown> take_shown() { return what_is_shown(router_->tap()); }

 private:
  void load(const reference::RouterTables& tables);
  void lay_pools();
  void lay_quic();
  void remove_tables();
  void remove_service(const IpAddress& address, uint16_t port, uint8_t protocol);
  void clear_words(bpf_map* map, uint32_t sets, uint64_t key);

  // A map of the program, and what was laid into it.
  struct Words {
    Words(const bpf_map* map, size_t count);
    // The rest is 0.
    void lay(std::vector<uint64_t> words);
    std::map<size_t, uint64_t> take_writes();

    MappedArray<uint64_t> live;
    std::vector<uint64_t> laid;
  };

  std::unique_ptr<LoadedRouter> router_;
  std::optional<Words> buckets_;
  std::optional<Words> pins_;
  std::optional<Words> flows_;
  reference::RouterTables laid_;
  std::map<reference::PoolIndex, size_t> first_buckets_;
  bool tapped_ = false;
  std::map<std::string, uint64_t> counters_;
  std::map<uint32_t, Traffic> traffic_;
};

// In the words of the other tests.
Outcome outcome_of(const reference::RouterDecision& decision);

}  // namespace ricochet::test
