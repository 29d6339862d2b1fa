// SPDX-License-Identifier: Apache-2.0
//
// What loading has in common for both programs.
#pragma once

#include <bpf/libbpf.h>

#include "util/result.h"

namespace ricochet {

// Sends libbpf's own messages to the log, at debug level: errors are reported as Results.
void log_libbpf();

// bpf_object__load_skeleton with the reasons that people meet.
Result<void> load(bpf_object_skeleton* skeleton);

}  // namespace ricochet
