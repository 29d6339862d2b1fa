// SPDX-License-Identifier: Apache-2.0
//
// Which part of the configuration a path names, and that part as JSON.
#pragma once

#include <memory>
#include <variant>

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

// The part as it stands in the document of the configuration, of which it must be in.
Json encode_part(const ConfigurationPart& part, const Configuration& configuration);
// The inverse: a configuration that holds the part and nothing else.
std::variant<Configuration, Invalid> decode_part(const ConfigurationPart& part,
                                                 const Json& document);

// Shows the part.
Reply show_part(const RestCall& call, const NamedPart& part);

Problem not_there(const std::string& name);
Json to_json(const ChangeCost& cost);

}  // namespace ricochet
