// SPDX-License-Identifier: Apache-2.0
#include "flow_hash.h"

namespace ricochet::reference {
namespace {

// The four octets in the order of the packet, the first as the lowest.
uint64_t word(uint32_t number) {
  return __builtin_bswap32(number);
}

}  // namespace

// The finaliser of MurmurHash3 for 64 bits, its two rounds apart: client and ports go in before the
// first, destination and protocol before the second.
uint64_t flow_hash(const Flow& flow, uint64_t seed) {
  const uint32_t ports = uint32_t{flow.source_port} << 16 | flow.destination_port;
  uint64_t state = (word(flow.source) << 32 | word(ports)) ^ seed;
  state = (state ^ state >> 33) * 0xff51afd7ed558ccd;
  state ^= state >> 33;
  state ^= uint64_t{flow.protocol} << 32 | word(flow.destination);
  return state * 0xc4ceb9fe1a85ec53;
}

size_t bucket_index(uint64_t flow_hash, size_t buckets) {
  const auto folded = static_cast<uint32_t>(flow_hash >> 32 ^ flow_hash >> 49);
  return folded % buckets;
}

}  // namespace ricochet::reference
