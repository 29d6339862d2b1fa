// SPDX-License-Identifier: Apache-2.0
#include "api/server.h"

#include "api/listener.h"

namespace ricochet {

Result<std::unique_ptr<ApiServer>> ApiServer::bind(std::span<const ListenAddress> addresses) {
  std::unique_ptr<ApiServer> server(new ApiServer());
  for (const ListenAddress& address : addresses) {
    auto listener = Listener::bind(address);
    if (!listener) return listener.error();
    server->addresses_.push_back((*listener)->address());
    server->listeners_.push_back(*std::move(listener));
  }
  return server;
}

ApiServer::ApiServer() = default;
ApiServer::~ApiServer() = default;

void ApiServer::start(Controller& controller, DaemonFacts daemon,
                      const std::function<void()>& lost) {
  daemon_ = std::move(daemon);
  const Answers answers = {.to_headers =
                               [this, &controller](const ApiRequest& request) {
                                 return answer_headers(controller, daemon_, request);
                               },
                           .to_request =
                               [this, &controller](const ApiRequest& request) {
                                 return answer(controller, daemon_, request);
                               }};
  for (const auto& listener : listeners_) listener->start(answers, lost);
}

}  // namespace ricochet
