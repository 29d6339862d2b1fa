// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "api/listing.h"
#include "api/paper_request.h"

namespace ricochet {

// {"generation":2,"ipv4_lpm":[...],"cur_nh":[...],"prv_nh":[...],"neigh":[...]}, each row with the
// names of the text form. With `only`, that table and the generation.
std::string to_json(const Listing& listing, std::optional<TableName> only);

// {"generation":2,"routes":[{"prefix":"10.0.10.0/32","port":null,"protocol":null,
//   "nexthop":"10.0.0.1","weight":1,"state":"installed"}]}; state is also add_queued or
// del_queued.
std::string routes_to_json(const View& view);

}  // namespace ricochet
