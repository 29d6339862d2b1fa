// SPDX-License-Identifier: Apache-2.0
//
// The model's choices and their names, as users write and read them ("maglev", "two-tables",
// "draining").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.h"

namespace ricochet {

// IANA protocol numbers; any goes with every port.
enum class Protocol : uint8_t { any = 0, tcp = 6, udp = 17 };

// Which owner a bucket gets (DESIGN: placement). modulo is x mod n, the paper's and plain ECMP.
enum class Placement { modulo, maglev };

// What a bucket remembers: nothing, the one previous table (the ECMP-ER paper), or the
// previous distinct owners.
enum class HistoryPolicy { none, two_tables, distinct };

// How the attempt is written in a packet: DSCP code points, or the paper's ToS 0x01.
enum class MarkMode { dscp, ecmp_er };

// active: gets new connections. draining: none, but keeps those that it has. dead: skipped at once.
enum class BackendState { active, draining, dead };

// required: an agent runs there, sends back what is not its own, and its marks are believed.
// none: connections of buckets that move to it are lost, and its marks are not believed.
enum class AgentUse { required, none };

// Which part of a flow places it: addresses, ports and protocol; the client's address and both
// ports; the client's address; its first bits.
enum class Affinity { flow, source_ports, source, source_prefix };

// What becomes of packets to no service: the kernel has them, or XDP sends them on by its routes.
enum class ForwardOther { kernel, fib };

std::string to_string(Protocol value);
std::string to_string(Placement value);
std::string to_string(HistoryPolicy value);
std::string to_string(MarkMode value);
std::string to_string(BackendState value);
std::string to_string(AgentUse value);
std::string to_string(Affinity value);
std::string to_string(ForwardOther value);

// The inverse; the error lists the choices.
Result<Protocol> parse_protocol(std::string_view text);
Result<Placement> parse_placement(std::string_view text);
Result<HistoryPolicy> parse_history(std::string_view text);
Result<MarkMode> parse_mark(std::string_view text);
Result<BackendState> parse_backend_state(std::string_view text);
Result<AgentUse> parse_agent_use(std::string_view text);
Result<Affinity> parse_affinity(std::string_view text);
Result<ForwardOther> parse_forward_other(std::string_view text);

}  // namespace ricochet
