// SPDX-License-Identifier: Apache-2.0
//
// What loading has in common for both programs.
#pragma once

#include <bpf/libbpf.h>

#include "dataplane/state_dir.h"
#include "util/result.h"

namespace ricochet {

// Sends libbpf's own messages to the log, at debug level: errors are reported as Results.
void log_libbpf();

// Lets every named map of the object live under the state directory: reused if it is pinned
// there, else pinned by the load.
Result<void> share_maps(bpf_object* object, const StateDir& state);

// bpf_object__load_skeleton with the reasons that people meet.
Result<void> load(bpf_object_skeleton* skeleton, const StateDir& state);

}  // namespace ricochet
