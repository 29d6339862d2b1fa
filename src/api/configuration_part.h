// SPDX-License-Identifier: Apache-2.0
//
// The part of a configuration that a path of the REST API names. A request is carried out on that
// part alone, so that what one change costs does not grow with the configuration. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/configuration_json.h"

namespace ricochet {

class ConfigurationPart {
 public:
  virtual ~ConfigurationPart() = default;

  // For people and for the log: "pool web", "backend web/10.0.0.1".
  [[nodiscard]] virtual std::string name() const = 0;
  // Where it stands in the document of the configuration: {"pools", "web"}.
  [[nodiscard]] virtual std::vector<std::string> keys() const = 0;
  // What must be there for it to be put, e.g. the pool of a backend; nothing: all is there.
  [[nodiscard]] virtual std::optional<std::string> missing(const Configuration&) const {
    return std::nullopt;
  }
  [[nodiscard]] virtual bool is_in(const Configuration& configuration) const = 0;

  // As it stands in the document. It must be there.
  [[nodiscard]] virtual OrderedJson encode(const Configuration& configuration) const = 0;
  // Adds it, or replaces it by what the document says; or what is wrong with that.
  virtual std::optional<Invalid> put(Configuration& configuration,
                                     const OrderedJson& document) const = 0;
  // It must be there. Refuses to remove what something else needs, with the reason.
  virtual Result<void> remove(Configuration& configuration) const = 0;
};

std::unique_ptr<ConfigurationPart> whole_part();
std::unique_ptr<ConfigurationPart> pool_part(std::string name);
std::unique_ptr<ConfigurationPart> backend_part(std::string pool, std::optional<Address> address);
std::unique_ptr<ConfigurationPart> service_part(ServiceKey key);
std::unique_ptr<ConfigurationPart> neighbour_part(Address address);

}  // namespace ricochet
