// SPDX-License-Identifier: Apache-2.0
//
// Sockets for the agent to find. They live in a network namespace that only this process has, so
// nothing of it is seen outside and nothing is left when it ends.
#pragma once

#include <cstdint>
#include <vector>

#include "util/fd.h"
#include "util/result.h"

namespace ricochet::bench {

// Moves this process into a network namespace of its own with the loopback interface up.
Result<void> enter_private_namespace();

// Raises the soft limit on open files to the hard one, which it returns.
Result<uint64_t> raise_open_file_limit();

// A TCP listener at kServiceAddress.
Result<Fd> listen_at(uint16_t port);

// TCP connections in state ESTABLISHED from the flows 0..count-1 of harness.h to kServiceAddress,
// each waiting for kSequence. Only this end of each exists.
Result<std::vector<Fd>> make_connections(uint16_t port, uint32_t count);

}  // namespace ricochet::bench
