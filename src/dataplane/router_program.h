// SPDX-License-Identifier: Apache-2.0
//
// The router's BPF program before it is loaded: its constants and the sizes of its maps.
#pragma once

#include <memory>

#include "dataplane/router.h"
#include "util/result.h"

struct router_bpf;

namespace ricochet {

struct RouterProgramDeleter {
  void operator()(router_bpf* program) const;
};
using RouterProgram = std::unique_ptr<router_bpf, RouterProgramDeleter>;

// Opened, not loaded. An error for options out of range.
Result<RouterProgram> open_router_program(const RouterOptions& options);

}  // namespace ricochet
