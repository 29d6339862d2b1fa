// SPDX-License-Identifier: Apache-2.0
// The compiler of the BPF programs and that of the control plane lay out abi/ricochet.h alike: the
// type information of the programs is compared with what this compiler says.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <memory>
#include <ostream>
#include <string>

#include "abi/ricochet.h"
#include "agent.skel.h"
#include "router.skel.h"

namespace ricochet {
namespace {

struct Place {
  size_t offset = 0;
  size_t size = 0;
  bool operator==(const Place&) const = default;
};

void PrintTo(const Place& place, std::ostream* stream) {
  *stream << place.size << " bytes at " << place.offset;
}

struct Layout {
  size_t size = 0;
  std::map<std::string, Place> members;
  bool operator==(const Layout&) const = default;
};

void PrintTo(const Layout& layout, std::ostream* stream) {
  *stream << layout.size << " bytes: " << ::testing::PrintToString(layout.members);
}

#define MEMBER(type, name)                     \
  {                                            \
#name, {                                   \
      offsetof(type, name), sizeof(type::name) \
    }                                          \
  }

// What this compiler says.
const std::map<std::string, Layout> kLayouts = {
    {"rch_word_set", {sizeof(rch_word_set), {MEMBER(rch_word_set, word)}}},
    {"rch_prefix_key",
     {sizeof(rch_prefix_key), {MEMBER(rch_prefix_key, length), MEMBER(rch_prefix_key, address)}}},
    {"rch_address", {sizeof(rch_address), {MEMBER(rch_address, word)}}},
    {"rch_quic_server",
     {sizeof(rch_quic_server),
      {MEMBER(rch_quic_server, id), MEMBER(rch_quic_server, pool),
       MEMBER(rch_quic_server, reserved)}}},
    {"rch_prefix6_key",
     {sizeof(rch_prefix6_key),
      {MEMBER(rch_prefix6_key, length), MEMBER(rch_prefix6_key, address)}}},
    {"rch_service6_key",
     {sizeof(rch_service6_key),
      {MEMBER(rch_service6_key, address), MEMBER(rch_service6_key, port),
       MEMBER(rch_service6_key, protocol), MEMBER(rch_service6_key, reserved)}}},
    {"rch_nexthop",
     {sizeof(rch_nexthop),
      {MEMBER(rch_nexthop, mac), MEMBER(rch_nexthop, source_mac), MEMBER(rch_nexthop, ifindex)}}},
    {"rch_backend",
     {sizeof(rch_backend),
      {MEMBER(rch_backend, nexthop), MEMBER(rch_backend, address), MEMBER(rch_backend, flags),
       MEMBER(rch_backend, epoch), MEMBER(rch_backend, reserved)}}},
    {"rch_traffic",
     {sizeof(rch_traffic), {MEMBER(rch_traffic, packets), MEMBER(rch_traffic, bytes)}}},
    {"rch_tap_end",
     {sizeof(rch_tap_end),
      {MEMBER(rch_tap_end, address), MEMBER(rch_tap_end, port), MEMBER(rch_tap_end, reserved)}}},
    {"rch_tap_filter",
     {sizeof(rch_tap_filter),
      {MEMBER(rch_tap_filter, enabled), MEMBER(rch_tap_filter, a), MEMBER(rch_tap_filter, b)}}},
    {"rch_tap_record",
     {sizeof(rch_tap_record),
      {MEMBER(rch_tap_record, time_ns), MEMBER(rch_tap_record, ifindex),
       MEMBER(rch_tap_record, packet_bytes), MEMBER(rch_tap_record, captured_bytes),
       MEMBER(rch_tap_record, direction), MEMBER(rch_tap_record, verdict),
       MEMBER(rch_tap_record, cpu)}}},
};

// What the compiler of a program says of the ABI's structs that the program uses.
std::map<std::string, Layout> layouts_of(const bpf_object* object) {
  const btf* types = bpf_object__btf(object);
  std::map<std::string, Layout> layouts;
  for (uint32_t id = 1; id < btf__type_cnt(types); id++) {
    const btf_type* type = btf__type_by_id(types, id);
    const std::string name = btf__name_by_offset(types, type->name_off);
    if (!btf_is_struct(type) || !name.starts_with("rch_")) continue;
    Layout layout{.size = type->size, .members = {}};
    for (uint16_t i = 0; i < btf_vlen(type); i++) {
      const btf_member& member = btf_members(type)[i];
      layout.members[btf__name_by_offset(types, member.name_off)] = {
          .offset = btf_member_bit_offset(type, i) / 8,
          .size = static_cast<size_t>(btf__resolve_size(types, member.type))};
    }
    layouts[name] = layout;
  }
  return layouts;
}

template <class Skeleton>
std::map<std::string, Layout> layouts_of_program() {
  const std::unique_ptr<Skeleton, void (*)(Skeleton*)> program(Skeleton::open(),
                                                               &Skeleton::destroy);
  return program ? layouts_of(program->obj) : std::map<std::string, Layout>{};
}

TEST(AbiLayoutTest, BothCompilersAgree) {
  auto layouts = layouts_of_program<router_bpf>();
  const auto of_the_agent = layouts_of_program<agent_bpf>();
  EXPECT_FALSE(layouts.empty());
  EXPECT_FALSE(of_the_agent.empty());
  for (const auto& [name, layout] : of_the_agent)
    EXPECT_EQ(layout, layouts.try_emplace(name, layout).first->second) << name;
  // Each way: a struct that is missing on one side shows, too.
  EXPECT_EQ(kLayouts, layouts);
}

// No byte of a key is left to chance: a hash map compares all of them.
TEST(AbiLayoutTest, KeysOfHashMapsHaveNoPadding) {
  EXPECT_EQ(16u, sizeof(rch_address));
  EXPECT_EQ(sizeof(rch_address) + 4, sizeof(rch_service6_key));
  EXPECT_EQ(sizeof(uint32_t) + sizeof(rch_address), sizeof(rch_prefix6_key));
}

// The line of the cache that a packet has to load.
TEST(AbiLayoutTest, ABackendIsACacheLine) {
  EXPECT_EQ(64u, sizeof(rch_backend));
}

// Key and value of every map that the control plane writes or reads.
TEST(AbiLayoutTest, MapsHoldWhatTheControlPlaneThinks) {
  const std::unique_ptr<router_bpf, void (*)(router_bpf*)> router(router_bpf::open(),
                                                                  &router_bpf::destroy);
  const std::unique_ptr<agent_bpf, void (*)(agent_bpf*)> agent(agent_bpf::open(),
                                                               &agent_bpf::destroy);
  ASSERT_TRUE(router);
  ASSERT_TRUE(agent);
  const auto expect_sizes = [](const bpf_map* map, size_t key_bytes, size_t value_bytes) {
    EXPECT_EQ(key_bytes, bpf_map__key_size(map)) << bpf_map__name(map);
    EXPECT_EQ(value_bytes, bpf_map__value_size(map)) << bpf_map__name(map);
  };
  expect_sizes(router->maps.services, sizeof(uint32_t), sizeof(rch_word_set));
  expect_sizes(router->maps.prefixes, sizeof(rch_prefix_key), sizeof(rch_service));
  expect_sizes(router->maps.pools, sizeof(rch_pool_index), sizeof(uint64_t));
  expect_sizes(router->maps.buckets, sizeof(uint32_t), sizeof(rch_bucket));
  expect_sizes(router->maps.pins, sizeof(uint32_t), sizeof(rch_word_set));
  expect_sizes(router->maps.flows, sizeof(uint32_t), sizeof(rch_word_set));
  expect_sizes(router->maps.quic_id_bytes, sizeof(rch_pool_index), sizeof(uint32_t));
  expect_sizes(router->maps.quic_servers, sizeof(rch_quic_server), sizeof(uint32_t));
  expect_sizes(router->maps.port_macs, sizeof(uint32_t), sizeof(uint64_t));
  expect_sizes(router->maps.backends, sizeof(uint32_t), sizeof(rch_backend));
  expect_sizes(router->maps.services6, sizeof(rch_service6_key), sizeof(rch_service));
  expect_sizes(router->maps.prefixes6, sizeof(rch_prefix6_key), sizeof(rch_service));
  expect_sizes(router->maps.neighbours, sizeof(rch_address), sizeof(rch_nexthop));
  expect_sizes(router->maps.backend_macs, sizeof(uint32_t), sizeof(rch_word_set));
  expect_sizes(router->maps.backend_ports, sizeof(uint32_t), sizeof(uint32_t));
  expect_sizes(router->maps.ports, sizeof(uint32_t), sizeof(uint32_t));
  expect_sizes(router->maps.backend_traffic, sizeof(uint32_t), sizeof(rch_traffic));
  expect_sizes(router->maps.router_counters, sizeof(uint32_t), sizeof(uint64_t));
  expect_sizes(router->maps.tap_filter, sizeof(uint32_t), sizeof(rch_tap_filter));
  expect_sizes(agent->maps.guarded_addresses, sizeof(uint32_t), sizeof(rch_word_set));
  expect_sizes(agent->maps.guarded_addresses6, sizeof(rch_address), sizeof(uint8_t));
  expect_sizes(agent->maps.agent_counters, sizeof(uint32_t), sizeof(uint64_t));
  expect_sizes(agent->maps.tap_filter, sizeof(uint32_t), sizeof(rch_tap_filter));
}

}  // namespace
}  // namespace ricochet
