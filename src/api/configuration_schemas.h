// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/rest_reply.h"

namespace ricochet {

// The JSON schemas of a configuration and its parts, by name, as config/configuration_json.h reads
// and writes them.
Json configuration_schemas();

}  // namespace ricochet
