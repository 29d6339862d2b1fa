// SPDX-License-Identifier: Apache-2.0
#include "flow_hash.h"

#include <array>

namespace ricochet::reference {
namespace {

constexpr uint64_t kFirstFactor = 0xff51afd7ed558ccd;
constexpr uint64_t kLastFactor = 0xc4ceb9fe1a85ec53;

// The four octets in the order of the packet, the first as the lowest.
uint64_t word(uint64_t number) {
  return __builtin_bswap32(static_cast<uint32_t>(number));
}

// Eight octets of an address as two of these words.
uint64_t words(uint64_t number) {
  return word(number >> 32) << 32 | word(number);
}

uint64_t ports(const Flow& flow) {
  return word(uint32_t{flow.source_port} << 16 | flow.destination_port);
}

// The finaliser of MurmurHash3 for 64 bits, its two rounds apart: client and ports go in before the
// first, destination and protocol before the second.
uint64_t ipv4_hash(const Flow& flow, uint64_t seed) {
  uint64_t state = (word(flow.source.low) << 32 | ports(flow)) ^ seed;
  state = (state ^ state >> 33) * kFirstFactor;
  state ^= state >> 33;
  state ^= uint64_t{flow.protocol} << 32 | word(flow.destination.low);
  return state * kLastFactor;
}

// One round of it for each half of the addresses and one for the rest, then its end.
uint64_t ipv6_hash(const Flow& flow, uint64_t seed) {
  const std::array<uint64_t, 5> rounds = {words(flow.source.high), words(flow.source.low),
                                          words(flow.destination.high), words(flow.destination.low),
                                          ports(flow) << 32 | flow.protocol};
  uint64_t state = seed;
  for (const uint64_t round : rounds) {
    state ^= round;
    state = (state ^ state >> 33) * kFirstFactor;
  }
  return (state ^ state >> 33) * kLastFactor;
}

// What is left of a flow that only its source, and perhaps its ports, place.
Flow part_of(const Flow& flow, Affinity affinity, const Placing& placing) {
  const bool is_ipv4 = flow.destination.is_ipv4();
  Flow part{.source = flow.source, .destination = is_ipv4 ? ipv4_address(0) : Address{}};
  if (affinity == Affinity::source_prefix)
    part.source = first_bits(flow.source, is_ipv4 ? placing.source_bits : placing.source_bits6);
  if (affinity != Affinity::source_ports) return part;
  part.source_port = flow.source_port;
  part.destination_port = flow.destination_port;
  return part;
}

}  // namespace

uint64_t flow_hash(const Flow& flow, uint64_t seed) {
  return flow.destination.is_ipv4() ? ipv4_hash(flow, seed) : ipv6_hash(flow, seed);
}

uint64_t placing_hash(const Flow& flow, Affinity affinity, const Placing& placing) {
  const uint64_t whole = flow_hash(flow, placing.seed);
  if (affinity == Affinity::flow) return whole;
  const uint64_t part = flow_hash(part_of(flow, affinity, placing), placing.seed);
  return (part & ~uint64_t{0xffffffff}) | whole >> 32;
}

size_t bucket_index(uint64_t flow_hash, size_t buckets) {
  const auto folded = static_cast<uint32_t>(flow_hash >> 32 ^ flow_hash >> 49);
  return folded % buckets;
}

}  // namespace ricochet::reference
