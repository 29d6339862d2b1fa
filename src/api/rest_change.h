// SPDX-License-Identifier: Apache-2.0
//
// Handlers that change a part of the configuration.
#pragma once

#include "api/rest_parts.h"

namespace ricochet {

Reply put_part(const RestCall& call, const NamedPart& part);
Reply patch_part(const RestCall& call, const NamedPart& part);
Reply delete_part(const RestCall& call, const NamedPart& part);

}  // namespace ricochet
