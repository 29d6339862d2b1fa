// SPDX-License-Identifier: Apache-2.0
//
// Which part of the configuration a path names.
#pragma once

#include <memory>

#include "api/configuration_part.h"
#include "api/rest_call.h"

namespace ricochet {

// Refused: the path holds no address, or no service.
using NamedPart = Result<std::unique_ptr<ConfigurationPart>>;

NamedPart whole_of(const RestCall& call);
NamedPart pool_of(const RestCall& call);
NamedPart backend_of(const RestCall& call);
NamedPart service_of(const RestCall& call);
NamedPart neighbour_of(const RestCall& call);

// Shows the part.
Reply show_part(const RestCall& call, const NamedPart& part);

Problem not_there(const std::string& name);
Json to_json(const ChangeCost& cost);

}  // namespace ricochet
