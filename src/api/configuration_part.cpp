// SPDX-License-Identifier: Apache-2.0
#include "api/configuration_part.h"

#include <fmt/ranges.h>

namespace ricochet {
namespace {

class WholePart final : public ConfigurationPart {
 public:
  [[nodiscard]] std::string name() const override { return "configuration"; }
  [[nodiscard]] std::vector<std::string> keys() const override { return {}; }
  [[nodiscard]] bool is_in(const Configuration&) const override { return true; }
  [[nodiscard]] OrderedJson encode(const Configuration& configuration) const override {
    return to_json(configuration);
  }
  std::optional<Invalid> put(Configuration& configuration,
                             const OrderedJson& document) const override {
    auto decoded = decode_configuration(document);
    if (!decoded) return decoded.invalid();
    configuration = *std::move(decoded);
    return std::nullopt;
  }
  Result<void> remove(Configuration& configuration) const override {
    configuration = {};
    return {};
  }
};

class PoolPart final : public ConfigurationPart {
 public:
  explicit PoolPart(std::string name) : name_(std::move(name)) {}

  [[nodiscard]] std::string name() const override { return "pool " + name_; }
  [[nodiscard]] std::vector<std::string> keys() const override { return {"pools", name_}; }
  [[nodiscard]] bool is_in(const Configuration& configuration) const override {
    return configuration.pools.contains(name_);
  }
  [[nodiscard]] OrderedJson encode(const Configuration& configuration) const override {
    return to_json(configuration.pools.at(name_));
  }
  std::optional<Invalid> put(Configuration& configuration,
                             const OrderedJson& document) const override {
    auto decoded = decode_pool(document, keys());
    if (!decoded) return decoded.invalid();
    configuration.pools.insert_or_assign(name_, *std::move(decoded));
    return std::nullopt;
  }
  Result<void> remove(Configuration& configuration) const override {
    for (const auto& [key, service] : configuration.services) {
      if (service.pool != name_) continue;
      return error("service {} uses pool {}: give it another pool or remove it first",
                   to_string(key), name_);
    }
    configuration.pools.erase(name_);
    return {};
  }

 private:
  std::string name_;
};

class BackendPart final : public ConfigurationPart {
 public:
  BackendPart(std::string pool, std::optional<Address> address)
      : pool_(std::move(pool)), address_(address) {}

  [[nodiscard]] std::string name() const override {
    return fmt::format("backend {}/{}", pool_, name_of(address_));
  }
  [[nodiscard]] std::vector<std::string> keys() const override {
    return {"pools", pool_, "backends", name_of(address_)};
  }
  [[nodiscard]] std::optional<std::string> missing(
      const Configuration& configuration) const override {
    if (configuration.pools.contains(pool_)) return std::nullopt;
    return "pool " + pool_;
  }
  [[nodiscard]] bool is_in(const Configuration& configuration) const override {
    const auto pool = configuration.pools.find(pool_);
    return pool != configuration.pools.end() && find_backend(pool->second, address_) != nullptr;
  }
  [[nodiscard]] OrderedJson encode(const Configuration& configuration) const override {
    return to_json(*find_backend(configuration.pools.at(pool_), address_));
  }
  std::optional<Invalid> put(Configuration& configuration,
                             const OrderedJson& document) const override {
    const auto decoded = decode_backend(address_, document, keys());
    if (!decoded) return decoded.invalid();
    Pool& pool = configuration.pools.at(pool_);
    if (Backend* known = find_backend(pool, address_)) {
      *known = *decoded;
    } else {
      pool.backends.push_back(*decoded);
    }
    return std::nullopt;
  }
  Result<void> remove(Configuration& configuration) const override {
    std::erase_if(configuration.pools.at(pool_).backends,
                  [this](const Backend& backend) { return backend.address == address_; });
    return {};
  }

 private:
  std::string pool_;
  std::optional<Address> address_;
};

class ServicePart final : public ConfigurationPart {
 public:
  explicit ServicePart(ServiceKey key) : key_(key) {}

  [[nodiscard]] std::string name() const override { return "service " + to_string(key_); }
  [[nodiscard]] std::vector<std::string> keys() const override {
    return {"services", to_string(key_)};
  }
  [[nodiscard]] bool is_in(const Configuration& configuration) const override {
    return configuration.services.contains(key_);
  }
  [[nodiscard]] OrderedJson encode(const Configuration& configuration) const override {
    return to_json(configuration.services.at(key_));
  }
  std::optional<Invalid> put(Configuration& configuration,
                             const OrderedJson& document) const override {
    auto decoded = decode_service(document, keys());
    if (!decoded) return decoded.invalid();
    configuration.services.insert_or_assign(key_, *std::move(decoded));
    return std::nullopt;
  }
  Result<void> remove(Configuration& configuration) const override {
    configuration.services.erase(key_);
    return {};
  }

 private:
  ServiceKey key_;
};

class NeighbourPart final : public ConfigurationPart {
 public:
  explicit NeighbourPart(Address address) : address_(address) {}

  [[nodiscard]] std::string name() const override { return "neighbour " + address_.to_string(); }
  [[nodiscard]] std::vector<std::string> keys() const override {
    return {"neighbours", address_.to_string()};
  }
  [[nodiscard]] bool is_in(const Configuration& configuration) const override {
    return configuration.neighbours.contains(address_);
  }
  [[nodiscard]] OrderedJson encode(const Configuration& configuration) const override {
    return to_json(configuration.neighbours.at(address_));
  }
  std::optional<Invalid> put(Configuration& configuration,
                             const OrderedJson& document) const override {
    auto decoded = decode_neighbour(document, keys());
    if (!decoded) return decoded.invalid();
    configuration.neighbours.insert_or_assign(address_, *std::move(decoded));
    return std::nullopt;
  }
  Result<void> remove(Configuration& configuration) const override {
    configuration.neighbours.erase(address_);
    return {};
  }

 private:
  Address address_;
};

}  // namespace

std::unique_ptr<ConfigurationPart> whole_part() {
  return std::make_unique<WholePart>();
}

std::unique_ptr<ConfigurationPart> pool_part(std::string name) {
  return std::make_unique<PoolPart>(std::move(name));
}

std::unique_ptr<ConfigurationPart> backend_part(std::string pool, std::optional<Address> address) {
  return std::make_unique<BackendPart>(std::move(pool), address);
}

std::unique_ptr<ConfigurationPart> service_part(ServiceKey key) {
  return std::make_unique<ServicePart>(key);
}

std::unique_ptr<ConfigurationPart> neighbour_part(Address address) {
  return std::make_unique<NeighbourPart>(address);
}

}  // namespace ricochet
