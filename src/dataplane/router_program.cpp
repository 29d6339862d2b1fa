// SPDX-License-Identifier: Apache-2.0
#include "dataplane/router_program.h"

#include <arpa/inet.h>

#include <algorithm>

#include "dataplane/program.h"
#include "net/prefix.h"
#include "router.skel.h"

namespace ricochet {
namespace {

Result<void> check(const RouterOptions& options) {
  if (options.table_memory_mib == 0 || options.table_memory_mib > kTableMemoryMaxMib) {
    return error("the table memory must be 1 to {} MiB", kTableMemoryMaxMib);
  }
  if (options.pin_memory_mib > kPinMemoryMaxMib || options.flow_memory_mib > kPinMemoryMaxMib) {
    return error("the memory for pins, and that for flows, must be 0 to {} MiB", kPinMemoryMaxMib);
  }
  if (options.source_prefix_ipv4_bits > kIpv4Bits || options.source_prefix_ipv6_bits > kIpv6Bits) {
    return error("a prefix has at most {} bits of IPv4, {} of IPv6", kIpv4Bits, kIpv6Bits);
  }
  return {};
}

// The first bits of a word in network order.
__be32 mask_of(uint32_t bits) {
  return bits == 0 ? 0 : htonl(~uint32_t{0} << (kIpv4Bits - std::min(bits, kIpv4Bits)));
}

rch_address mask6_of(uint32_t bits) {
  rch_address mask{};
  for (__be32& word : mask.word) {
    word = mask_of(bits);
    bits -= std::min(bits, kIpv4Bits);
  }
  return mask;
}

void set_constants(router_bpf& program, const RouterOptions& options) {
  auto& constants = *program.rodata;
  constants.flow_seed = options.seed;
  constants.pin_sets = options.pin_sets();
  constants.flow_sets = options.flow_sets();
  constants.source_mask = mask_of(options.source_prefix_ipv4_bits);
  constants.source_mask6 = mask6_of(options.source_prefix_ipv6_bits);
  constants.answer_echo = options.answer_echo;
  constants.forward_by_fib = options.forward_by_fib;
}

}  // namespace

void RouterProgramDeleter::operator()(router_bpf* program) const {
  router_bpf::destroy(program);
}

Result<RouterProgram> open_router_program(const RouterOptions& options) {
  if (auto checked = check(options); !checked) return checked.error();
  log_libbpf();
  RouterProgram program(router_bpf::open());
  if (!program) return error("cannot open the router's BPF program");
  set_constants(*program, options);
  bpf_map__set_max_entries(program->maps.buckets, options.bucket_capacity());
  bpf_map__set_max_entries(program->maps.pins, std::max(options.pin_sets(), 1u));
  bpf_map__set_max_entries(program->maps.flows, std::max(options.flow_sets(), 1u));
  return program;
}

}  // namespace ricochet
