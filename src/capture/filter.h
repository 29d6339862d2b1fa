// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "abi/ricochet.h"
#include "util/result.h"

namespace ricochet {

// Which packets a capture shows, as users write it. The filter is not enabled yet: that is the
// tap's to do.

// "10.0.10.0" or "10.0.10.0:80": packets to it or from it.
Result<rch_tap_filter> parse_service_filter(std::string_view text);

// "10.0.99.1:40000,10.0.10.0:80": one flow, both ways, in either order.
Result<rch_tap_filter> parse_tuple_filter(std::string_view text);

}  // namespace ricochet
