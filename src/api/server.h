// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/handler.h"

namespace ricochet {

// Where the API listens.
struct ListenAddress {
  Ipv4Address address;
  uint16_t port = 0;  // 0: the kernel chooses one

  // "127.0.0.1:5000".
  static Result<ListenAddress> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
};

// Serves the API on threads of its own, one request a connection.
class ApiServer {
 public:
  // Binds and nothing else, so that a port in use is known before anything is changed.
  static Result<std::unique_ptr<ApiServer>> bind(const ListenAddress& address);
  ~ApiServer();  // stops

  // The port is the one that was bound.
  [[nodiscard]] const ListenAddress& address() const;

  // Begins to answer. `lost` is called if that ends before the server is destroyed. controller
  // outlives this.
  void start(Controller& controller, std::function<void()> lost);

 private:
  struct Listener;
  explicit ApiServer(std::unique_ptr<Listener> listener);

  std::unique_ptr<Listener> listener_;
};

}  // namespace ricochet
