// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "api/handler.h"
#include "api/listen_address.h"

namespace ricochet {

class Listener;

// Serves the API on threads of its own, one request a connection, at every address alike.
class ApiServer {
 public:
  // Binds and nothing else, so that an address in use is known before anything is changed. A Unix
  // socket is for its owner alone (mode 0600); a file of a daemon that died is replaced.
  static Result<std::unique_ptr<ApiServer>> bind(std::span<const ListenAddress> addresses);
  ~ApiServer();  // stops, and removes Unix sockets

  // As bound: with the ports that the kernel chose.
  [[nodiscard]] const std::vector<ListenAddress>& addresses() const { return addresses_; }

  // Begins to answer. `lost` is called if that ends anywhere before the server is destroyed.
  // controller outlives this.
  void start(Controller& controller, DaemonFacts daemon, const std::function<void()>& lost);

 private:
  ApiServer();

  DaemonFacts daemon_;
  std::vector<ListenAddress> addresses_;
  std::vector<std::unique_ptr<Listener>> listeners_;
};

}  // namespace ricochet
