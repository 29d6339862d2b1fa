// SPDX-License-Identifier: Apache-2.0
// The model's actions as XDP calls them.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <cstdlib>

#include "action.h"

namespace ricochet::test {

inline uint32_t xdp_action(reference::Action action) {
  switch (action) {
    case reference::Action::pass:
      return XDP_PASS;
    case reference::Action::drop:
      return XDP_DROP;
    case reference::Action::transmit:
      return XDP_TX;
    case reference::Action::redirect:
      return XDP_REDIRECT;
  }
  std::abort();
}

}  // namespace ricochet::test
