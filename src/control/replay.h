// SPDX-License-Identifier: Apache-2.0
//
// From what the store holds to what a starting controller needs. Touches nothing, so a daemon can
// refuse to start before it has changed anything.
#pragma once

#include "control/router_state.h"
#include "store/generation_store.h"

namespace ricochet {

struct Recovered {
  RouterState state;  // the fold of the whole log
  // Of the generation before. A daemon that died while it published the last one may have left
  // these in the data plane.
  std::map<BackendId, std::optional<Ipv4Address>> earlier_backends;
  Neighbours neighbours;
};

// Refuses a log that cannot be folded and neighbours on ports beyond `port_count`.
Result<Recovered> replay(GenerationStore& store, const Settings& settings, size_t port_count);

}  // namespace ricochet
