// SPDX-License-Identifier: Apache-2.0
// Runs a loaded XDP program on one packet, by BPF_PROG_TEST_RUN.
#pragma once

#include <cstdint>

#include "packet_builder.h"

namespace ricochet::test {

struct XdpResult {
  uint32_t action = 0;  // enum xdp_action
  Bytes packet;
};

// As if the frame had arrived at the interface, which is one of the caller's network namespace;
// sockets are looked up there. Throws std::system_error when the kernel refuses: a frame has at
// least an Ethernet header, which the kernel makes sure of on every way into XDP.
XdpResult run_xdp(int program_fd, const Bytes& frame, uint32_t ingress_ifindex);

// The same, and the kernel does what the program asked for: XDP_TX and XDP_REDIRECT send the frame.
void run_xdp_and_send(int program_fd, const Bytes& frame, uint32_t ingress_ifindex);

}  // namespace ricochet::test
