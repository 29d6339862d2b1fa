// SPDX-License-Identifier: Apache-2.0
#include "pool.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <array>

#include "bpf_map.h"
#include "router.skel.h"

namespace ricochet::bench {
namespace {

rch_bucket make_bucket(uint32_t index, uint32_t owners, bool pinned) {
  std::array<uint16_t, RCH_OWNERS> ids{};
  for (uint32_t attempt = 0; attempt < owners; ++attempt) ids[attempt] = owner_of(index, attempt);
  return rch_bucket_of(ids.data()) | (pinned ? RCH_BUCKET_PINNED : 0);
}

rch_backend make_backend(uint32_t id) {
  rch_backend backend{};
  std::ranges::copy(backend_mac(id), backend.nexthop.mac);
  std::ranges::copy(kRouterMac, backend.nexthop.source_mac);
  backend.nexthop.ifindex = kEgressIfindex;
  backend.address = rch_ipv4(htonl(kServiceAddress + id));
  backend.flags = RCH_BACKEND_LIVE;
  return backend;
}

}  // namespace

Mac backend_mac(uint32_t id) {
  return {0x02, 0x52, 0x43, 0x48, 0x02, static_cast<uint8_t>(id)};
}

uint16_t owner_of(uint32_t bucket, uint32_t attempt) {
  return static_cast<uint16_t>(1 + (bucket * 7 + attempt * 5) % kBackends);
}

uint32_t bucket_of(uint64_t flow_hash) {
  return rch_bucket_hash(flow_hash) & (kBuckets - 1);
}

Result<void> fill_pool(router_bpf& router, uint32_t owners, uint32_t pool_flags, bool pinned) {
  const auto& maps = router.maps;
  // A redirect needs a device that exists; the frame is not sent.
  const uint32_t device = if_nametoindex("lo");
  const uint64_t word = rch_pool_word(kTableOffset, kBuckets - 1, pool_flags);
  if (auto set = set_entry(maps.pools, kPool, word); !set) return set;
  if (auto set = set_entry(maps.ports, kEgressIfindex, device); !set) return set;
  for (uint32_t id = 1; id <= kBackends; ++id) {
    const uint64_t mac = rch_mac_key(backend_mac(id).data());
    if (auto set = set_entry(maps.backends, id, make_backend(id)); !set) return set;
    if (auto set = set_word(maps.backend_macs, mac, 0); !set) return set;
  }
  for (uint32_t index = 0; index < kBuckets; ++index) {
    const rch_bucket bucket = make_bucket(index, owners, pinned);
    if (auto set = set_entry(maps.buckets, kTableOffset + index, bucket); !set) return set;
  }
  return {};
}

Frame sent_to(Frame frame, uint32_t flow, uint32_t backend) {
  set_flow(frame, flow);
  set_ttl(frame, kTtl - 1);
  set_destination_mac(frame, backend_mac(backend));
  set_source_mac(frame, kRouterMac);
  return frame;
}

uint64_t packets_sent(const router_bpf& router) {
  uint64_t packets = 0;
  for (uint32_t id = 1; id <= kBackends; ++id) {
    for (const auto& traffic : read_per_cpu<rch_traffic>(router.maps.backend_traffic, id)) {
      packets += traffic.packets;
    }
  }
  return packets;
}

}  // namespace ricochet::bench
