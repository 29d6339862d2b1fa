// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/capability.h>

#include <span>

#include "util/result.h"

namespace ricochet {

// Gives up, for ever, every capability of this process but the ones to keep (CAP_BPF, ...), which
// stay effective and permitted if they were. Inheritable and ambient ones go altogether, and the
// bounding set shrinks, so that not even a program started by root gets them back.
//
// Capabilities belong to threads and are inherited by new ones: to be called before any thread is
// started, else it is refused. An error leaves the process with more than it asked to keep.
Result<void> keep_capabilities(std::span<const cap_value_t> kept);

}  // namespace ricochet
