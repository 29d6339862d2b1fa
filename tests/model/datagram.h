// SPDX-License-Identifier: Apache-2.0
//
// The reference model, part 12: what is special about UDP. No server can tell whether a datagram is
// its own, so none bounces one.
#pragma once

#include "choice.h"

namespace ricochet::reference {

// Nothing if the flow's bucket decides, as for TCP.
std::optional<Choice> choose_for_datagram(const RouterTables& tables, const Rules& rules,
                                          const Pool& pool, const Headers& headers,
                                          const Bytes& frame, uint64_t flow_hash);

}  // namespace ricochet::reference
