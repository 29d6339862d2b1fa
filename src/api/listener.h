// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <httplib.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "api/handler.h"
#include "api/listen_address.h"

namespace ricochet {

// What the API answers to a request; nothing, only to one without its body, if that is needed.
// to_headers is asked where there is no body that can be read.
struct Answers {
  std::function<std::optional<ApiResponse>(const ApiRequest&)> to_headers;
  std::function<ApiResponse(const ApiRequest&)> to_request;
};

// An HTTP server at one address.
class Listener {
 public:
  static Result<std::unique_ptr<Listener>> bind(const ListenAddress& address);
  ~Listener();  // stops; removes a Unix socket

  // As bound.
  [[nodiscard]] const ListenAddress& address() const { return address_; }

  // Once. `lost` is called if the server ends before this is destroyed.
  void start(const Answers& answers, std::function<void()> lost);

 private:
  explicit Listener(ListenAddress address) : address_(std::move(address)) {}
  void configure();
  Result<void> bind_internet(InternetAddress& address);
  Result<void> bind_unix(const SocketPath& address);

  httplib::Server server_;
  ListenAddress address_;
  bool is_bound_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace ricochet
