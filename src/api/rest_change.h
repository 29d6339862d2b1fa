// SPDX-License-Identifier: Apache-2.0
//
// Handlers that change the configuration.
#pragma once

#include "api/rest_call.h"

namespace ricochet {

Reply put_configuration(const RestCall& call);
Reply patch_configuration(const RestCall& call);

Reply put_pool(const RestCall& call);
Reply patch_pool(const RestCall& call);
Reply delete_pool(const RestCall& call);

Reply put_backend(const RestCall& call);
Reply patch_backend(const RestCall& call);
Reply delete_backend(const RestCall& call);

Reply put_service(const RestCall& call);
Reply patch_service(const RestCall& call);
Reply delete_service(const RestCall& call);

Reply put_neighbour(const RestCall& call);
Reply delete_neighbour(const RestCall& call);

}  // namespace ricochet
