// SPDX-License-Identifier: Apache-2.0
//
// Handlers that show the configuration with what the router makes of it.
#pragma once

#include "api/rest_call.h"

namespace ricochet {

Reply get_router(const RestCall& call);
Reply get_status(const RestCall& call);
Reply get_pools(const RestCall& call);
Reply get_services(const RestCall& call);
Reply get_backends(const RestCall& call);
Reply get_backend(const RestCall& call);
Reply get_neighbours(const RestCall& call);
Reply get_neighbour(const RestCall& call);

}  // namespace ricochet
