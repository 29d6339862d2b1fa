// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "api/listing.h"
#include "api/paper_request.h"

namespace ricochet {

// All four tables, each under a block with its name, as the paper's controller prints them.
std::string to_text(const Listing& listing);
// One table under a single line with its name.
std::string to_text(const Listing& listing, TableName only);

// Installed and waiting routes, one a line:
//   10.0.10.0/32 to 10.0.0.1
//   10.0.10.0/32 tcp port 443 to 10.0.0.2 weight 3
//   10.0.11.0/32 to 10.0.0.1 (added by the next install)
std::string routes_to_text(const View& view);

}  // namespace ricochet
