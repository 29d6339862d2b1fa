// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/rest_reply.h"

namespace ricochet {

// The REST API as an OpenAPI 3.1 document, made of rest_routes().
Json openapi_document(const std::string& version);

// The schemas that rest_routes() names, by name.
Json openapi_schemas();

}  // namespace ricochet
