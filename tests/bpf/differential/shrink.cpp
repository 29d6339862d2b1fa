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

bool leave_out_options(Bytes& frame, const FrameFails& fails) {
  constexpr ptrdiff_t kIpAt = reference::kEthernetBytes;
  constexpr size_t kIpBytes = 20;
  const auto read = reference::read_headers(frame);
  const auto* headers = std::get_if<reference::Headers>(&read);
  if (!headers || headers->ip_header_bytes == kIpBytes) return false;
  const bool right = has_right_checksum(frame);
  return simplify<Bytes>(frame, fails, [&](Bytes& it) {
    const auto ip = it.begin() + kIpAt;
    it.erase(ip + kIpBytes, ip + static_cast<ptrdiff_t>(headers->ip_header_bytes));
    it[kIpAt] = 4 << 4 | kIpBytes / 4;
    if (right) mend_ip_checksum(it);
  });
}

bool zero(Bytes& frame, const FrameFails& fails) {
  constexpr size_t kChecksumAt = reference::kEthernetBytes + 10;
  bool shrunk = false;
  for (size_t i = 0; i < frame.size(); i++) {
    const bool right = has_right_checksum(frame);
    const bool is_checksum = i == kChecksumAt || i == kChecksumAt + 1;
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
      simplify_pools();
      simplify_backends();
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
      simplify_owners(index);
    }
  }

  void simplify_owners(reference::PoolIndex index) {
    const auto buckets = case_.tables.pools[index].buckets;
    for (size_t i = 0; i < buckets.size(); i++)
      for (size_t owner = 0; owner < buckets[i].size(); owner++)
        if (buckets[i][owner] != kNobody)
          attempt([&](RouterTables& it) { it.pools[index].buckets[i][owner] = kNobody; });
  }

  void simplify_backends() {
    const auto backends = case_.tables.backends;
    for (const auto& entry : backends) {
      const reference::Slot slot = entry.first;
      const reference::Backend& backend = entry.second;
      if (backend.live) attempt([&](RouterTables& it) { it.backends[slot].live = false; });
      if (backend.connected)
        attempt([&](RouterTables& it) { it.backends[slot].connected = false; });
    }
  }

  RouterCase case_;
  const RouterCaseFails& fails_;
  bool changed_ = false;
};

}  // namespace

Bytes shrink_frame(Bytes frame, const FrameFails& fails) {
  bool shrunk = true;
  while (shrunk) {
    shrunk = leave_out_options(frame, fails);
    shrunk |= cut(frame, fails);
    shrunk |= zero(frame, fails);
  }
  return frame;
}

RouterCase shrink(RouterCase failing, const RouterCaseFails& fails) {
  return RouterShrinker(std::move(failing), fails).run();
}

}  // namespace ricochet::test
