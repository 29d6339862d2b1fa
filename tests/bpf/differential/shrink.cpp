// SPDX-License-Identifier: Apache-2.0
#include "shrink.h"

#include <algorithm>

namespace ricochet::test {
namespace {

using reference::kNobody;
using reference::Pool;
using reference::RouterTables;

// Takes the changed value if it is another one and fails too.
template <class Value, class Fails>
bool simplify(Value& value, const Fails& fails, const std::function<void(Value&)>& change) {
  Value changed = value;
  change(changed);
  if (!fails(changed)) return false;
  value = std::move(changed);
  return true;
}

bool has_right_checksum(const Bytes& frame) {
  Bytes mended = frame;
  mend_ip_checksum(mended);
  return mended == frame;
}

bool cut(Bytes& frame, const FrameFails& fails) {
  bool shrunk = false;
  for (size_t bytes = frame.size(); bytes > 0; bytes /= 2)
    while (frame.size() >= reference::kEthernetBytes + bytes &&
           simplify<Bytes>(frame, fails, [&](Bytes& it) { it.resize(it.size() - bytes); }))
      shrunk = true;
  return shrunk;
}

// VLAN tags. They are in front of the EtherType, which stays.
bool leave_out_tags(Bytes& frame, const FrameFails& fails) {
  constexpr ptrdiff_t kTypeBytes = 2;
  constexpr ptrdiff_t kTagsAt = reference::kEthernetBytes - kTypeBytes;
  const auto read = reference::read_headers(frame);
  const auto* headers = std::get_if<reference::Headers>(&read);
  if (!headers || headers->ip_at == reference::kEthernetBytes) return false;
  return simplify<Bytes>(frame, fails, [&](Bytes& it) {
    const auto ip = it.begin() + static_cast<ptrdiff_t>(headers->ip_at);
    it.erase(it.begin() + kTagsAt, ip - kTypeBytes);
  });
}

bool leave_out_options(Bytes& frame, const FrameFails& fails) {
  constexpr size_t kIpBytes = 20;
  const auto read = reference::read_headers(frame);
  const auto* headers = std::get_if<reference::Headers>(&read);
  if (!headers || !headers->is_ipv4() || headers->ip_header_bytes == kIpBytes) return false;
  const bool right = has_right_checksum(frame);
  return simplify<Bytes>(frame, fails, [&](Bytes& it) {
    const auto ip = it.begin() + static_cast<ptrdiff_t>(headers->ip_at);
    *ip = 4 << 4 | kIpBytes / 4;
    it.erase(ip + kIpBytes, ip + static_cast<ptrdiff_t>(headers->ip_header_bytes));
    if (right) mend_ip_checksum(it);
  });
}

// Of IPv6, one after the other. Which header is next stands in the one before.
bool leave_out_extensions(Bytes& frame, const FrameFails& fails) {
  const auto read = reference::read_headers(frame);
  const auto* headers = std::get_if<reference::Headers>(&read);
  if (!headers) return false;
  size_t next_at = headers->ip_at + 6;
  for (const auto& [at, bytes] : headers->extensions) {
    const auto leave_out = [&, at = at, bytes = bytes](Bytes& it) {
      const auto begin = it.begin() + static_cast<ptrdiff_t>(at);
      it[next_at] = *begin;
      it.erase(begin, begin + static_cast<ptrdiff_t>(bytes));
    };
    if (simplify<Bytes>(frame, fails, leave_out)) return true;
    next_at = at;
  }
  return false;
}

bool zero(Bytes& frame, const FrameFails& fails) {
  constexpr size_t kChecksumAt = reference::kEthernetBytes + 10;
  bool shrunk = false;
  for (size_t i = 0; i < frame.size(); i++) {
    const bool right = has_right_checksum(frame);
    const bool is_checksum = has_ipv4_header(frame) && (i == kChecksumAt || i == kChecksumAt + 1);
    if (frame[i] == 0 || (right && is_checksum)) continue;
    shrunk |= simplify<Bytes>(frame, fails, [&](Bytes& it) {
      it[i] = 0;
      if (right) mend_ip_checksum(it);
    });
  }
  return shrunk;
}

// Each step takes a case that fails and makes it smaller if it can.
class RouterShrinker {
 public:
  RouterShrinker(RouterCase failing, const RouterCaseFails& fails)
      : case_(std::move(failing)), fails_(fails) {}

  RouterCase run() {
    do {
      changed_ = false;
      leave_out(&RouterTables::services);
      leave_out(&RouterTables::services_of_any_port);
      leave_out(&RouterTables::prefixes);
      leave_out(&RouterTables::pools);
      leave_out(&RouterTables::backends);
      leave_out(&RouterTables::neighbours);
      leave_out(&RouterTables::backend_macs);
      leave_out(&RouterTables::backends_only);
      leave_out(&RouterTables::ports);
      leave_out(&RouterTables::fragments);
      leave_out(&RouterTables::quic_id_bytes);
      leave_out(&RouterTables::quic_servers);
      simplify_rules(&RouterTables::services);
      simplify_rules(&RouterTables::services_of_any_port);
      simplify_rules(&RouterTables::prefixes);
      simplify_pools();
      simplify_backends();
      simplify_pins(&RouterTables::pins);
      simplify_pins(&RouterTables::kept);
      case_.frame.bytes = shrink_frame(case_.frame.bytes, [&](const Bytes& bytes) {
        RouterCase changed = case_;
        changed.frame.bytes = bytes;
        return fails_(changed);
      });
    } while (changed_);
    return case_;
  }

 private:
  void attempt(const std::function<void(RouterTables&)>& change) {
    changed_ |= simplify<RouterCase>(case_, fails_, [&](RouterCase& it) { change(it.tables); });
  }

  // All at once, else one by one.
  template <class Table>
  void leave_out(Table RouterTables::*table) {
    if ((case_.tables.*table).empty()) return;
    attempt([&](RouterTables& it) { (it.*table).clear(); });
    const Table entries = case_.tables.*table;
    for (auto entry = entries.begin(); entry != entries.end(); ++entry)
      attempt([&](RouterTables& it) {
        if constexpr (requires { entry->first; }) {
          (it.*table).erase(entry->first);
        } else {
          (it.*table).erase(*entry);
        }
      });
  }

  // The least that a service can do, option by option.
  template <class Table>
  void simplify_rules(Table RouterTables::*table) {
    const Table entries = case_.tables.*table;
    for (const auto& entry : entries) {
      const auto& key = entry.first;
      const reference::Rules& rules = entry.second;
      if (rules.affinity != reference::Affinity::flow)
        attempt([&](RouterTables& it) { (it.*table)[key].affinity = reference::Affinity::flow; });
      if (rules.keeps_flows)
        attempt([&](RouterTables& it) { (it.*table)[key].keeps_flows = false; });
      if (rules.reads_quic) attempt([&](RouterTables& it) { (it.*table)[key].reads_quic = false; });
    }
  }

  void simplify_pools() {
    const auto pools = case_.tables.pools;
    for (const auto& entry : pools) {
      const reference::PoolIndex index = entry.first;
      const Pool& pool = entry.second;
      if (pool.settling) attempt([&](RouterTables& it) { it.pools[index].settling = false; });
      if (!pool.history) attempt([&](RouterTables& it) { it.pools[index].history = true; });
      if (pool.mark_mode != reference::MarkMode::dscp)
        attempt([&](RouterTables& it) { it.pools[index].mark_mode = reference::MarkMode::dscp; });
      for (size_t i = 0; i < pool.buckets.size() && pool.buckets.size() > 1; i++)
        attempt([&](RouterTables& it) { it.pools[index].buckets = {pool.buckets[i]}; });
      simplify_buckets(index);
    }
  }

  void simplify_buckets(reference::PoolIndex index) {
    const auto buckets = case_.tables.pools[index].buckets;
    for (size_t i = 0; i < buckets.size(); i++) {
      if (buckets[i].pinned)
        attempt([&](RouterTables& it) { it.pools[index].buckets[i].pinned = false; });
      for (size_t owner = 0; owner < buckets[i].owners.size(); owner++)
        if (buckets[i].owners[owner] != kNobody)
          attempt([&](RouterTables& it) { it.pools[index].buckets[i].owners[owner] = kNobody; });
    }
  }

  void simplify_backends() {
    const auto backends = case_.tables.backends;
    for (const auto& entry : backends) {
      const reference::Slot slot = entry.first;
      const reference::Backend& backend = entry.second;
      if (backend.live) attempt([&](RouterTables& it) { it.backends[slot].live = false; });
      if (backend.connected)
        attempt([&](RouterTables& it) { it.backends[slot].connected = false; });
      if (backend.epoch != 0) attempt([&](RouterTables& it) { it.backends[slot].epoch = 0; });
    }
  }

  // A router without pins, or kept flows, else with fewer or younger ones in as many sets.
  void simplify_pins(std::vector<reference::PinSet> RouterTables::*table) {
    const auto sets = case_.tables.*table;
    if (sets.empty()) return;
    attempt([&](RouterTables& it) { (it.*table).clear(); });
    if ((case_.tables.*table).empty()) return;
    if (std::ranges::count(sets, reference::PinSet{}) < std::ssize(sets))
      attempt([&](RouterTables& it) { std::ranges::fill(it.*table, reference::PinSet{}); });
    for (size_t set = 0; set < sets.size(); set++)
      for (size_t place = 0; place < sets[set].size(); place++)
        simplify_pin([=](RouterTables & it) -> auto& { return (it.*table)[set][place]; });
  }

  void simplify_pin(const std::function<std::optional<reference::Pin>&(RouterTables&)>& place_in) {
    const auto pin = place_in(case_.tables);
    if (!pin) return;
    attempt([&](RouterTables& it) { place_in(it).reset(); });
    if (!place_in(case_.tables) || pin->age == 0) return;
    attempt([&](RouterTables& it) { place_in(it)->age = 0; });
  }

  RouterCase case_;
  const RouterCaseFails& fails_;
  bool changed_ = false;
};

}  // namespace

Bytes shrink_frame(Bytes frame, const FrameFails& fails) {
  bool shrunk = true;
  while (shrunk) {
    shrunk = leave_out_tags(frame, fails);
    shrunk |= leave_out_options(frame, fails);
    shrunk |= leave_out_extensions(frame, fails);
    shrunk |= cut(frame, fails);
    shrunk |= zero(frame, fails);
  }
  return frame;
}

RouterCase shrink(RouterCase failing, const RouterCaseFails& fails) {
  return RouterShrinker(std::move(failing), fails).run();
}

}  // namespace ricochet::test
