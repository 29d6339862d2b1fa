// SPDX-License-Identifier: Apache-2.0
//
// JSON schemas (draft 2020-12) of the configuration file and of its parts, for editors and for the
// API's OpenAPI document. Each is complete in itself, without references. What a schema cannot say
// (a power of two, a pool that must exist) find_invalid() checks.
#pragma once

#include "config/decode_result.h"

namespace ricochet {

OrderedJson schema_of_backend();
OrderedJson schema_of_pool();
OrderedJson schema_of_service();
OrderedJson schema_of_neighbour();
OrderedJson schema_of_configuration();   // pools, services and neighbours
OrderedJson schema_of_router_section();  // settings of the daemon
OrderedJson schema_of_file();            // packaging/ricochet.schema.json

}  // namespace ricochet
