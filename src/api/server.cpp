// SPDX-License-Identifier: Apache-2.0
#include "api/server.h"

#include <httplib.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <thread>

namespace ricochet {
namespace {

constexpr time_t kTimeoutS = 5;  // of a client that says nothing

// The library's default, SO_REUSEPORT, would let two routers share a port without a word.
void set_socket_options(socket_t socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

ApiRequest to_request(const httplib::Request& request) {
  return {.method = request.method,
          .path = request.path,
          .parameters = request.params,
          .accept = request.get_header_value("Accept")};
}

void fill(httplib::Response& response, const ApiResponse& answer) {
  response.status = answer.status;
  response.set_content(answer.body, answer.content_type);
  if (!answer.allow.empty()) response.set_header("Allow", answer.allow);
}

void configure(httplib::Server& server) {
  server.set_socket_options(set_socket_options);
  // No route takes a body and none is read, so a connection cannot be used again.
  server.set_keep_alive_max_count(1);
  server.set_keep_alive_timeout(kTimeoutS);
  server.set_read_timeout(kTimeoutS);
  server.set_write_timeout(kTimeoutS);
  // What the library refuses by itself, before there is a path to route.
  server.set_error_handler([](const httplib::Request&, httplib::Response& response) {
    if (!response.body.empty()) return;
    response.set_content("Not a request that this server understands", "text/plain; charset=utf-8");
  });
}

}  // namespace

Result<ListenAddress> ListenAddress::parse(std::string_view text) {
  const size_t colon = std::min(text.find(':'), text.size());
  const auto address = Ipv4Address::parse(text.substr(0, colon));
  const std::string_view port_text = text.substr(std::min(colon + 1, text.size()));
  ListenAddress listen;
  const auto [end, code] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), listen.port);
  if (!address || code != std::errc{} || end != port_text.data() + port_text.size()) {
    return error("'{}': write an IPv4 address and a port, as in 127.0.0.1:5000", text);
  }
  listen.address = *address;
  return listen;
}

std::string ListenAddress::to_string() const {
  return fmt::format("{}:{}", address.to_string(), port);
}

struct ApiServer::Listener {
  httplib::Server server;
  ListenAddress address;
  std::atomic<bool> stopping = false;
  std::atomic<bool> ended = false;
  std::thread thread;
};

Result<std::unique_ptr<ApiServer>> ApiServer::bind(const ListenAddress& address) {
  auto listener = std::make_unique<Listener>();
  configure(listener->server);
  listener->address = address;
  const std::string host = address.address.to_string();
  if (address.port == 0) {
    const int port = listener->server.bind_to_any_port(host);
    if (port < 0) return error("cannot listen on {}: {}", host, std::strerror(errno));
    listener->address.port = static_cast<uint16_t>(port);
  } else if (!listener->server.bind_to_port(host, address.port)) {
    return error("cannot listen on {}: {}; choose another --listen", address.to_string(),
                 std::strerror(errno));
  }
  return std::unique_ptr<ApiServer>(new ApiServer(std::move(listener)));
}

ApiServer::ApiServer(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}

ApiServer::~ApiServer() {
  listener_->stopping = true;
  listener_->server.stop();
  if (listener_->thread.joinable()) listener_->thread.join();
}

const ListenAddress& ApiServer::address() const {
  return listener_->address;
}

void ApiServer::start(Controller& controller, std::function<void()> lost) {
  Listener& listener = *listener_;
  // Before routing, because the library would wait for the body of a PUT without a length.
  listener.server.set_pre_routing_handler(
      [&controller](const httplib::Request& request, httplib::Response& response) {
        const ApiResponse answer = handle(controller, to_request(request));
        // The target as it was sent: decoded it could hold a line break.
        spdlog::log(request.method == "PUT" ? spdlog::level::info : spdlog::level::debug,
                    "{} {} from {}: {}", request.method, request.target, request.remote_addr,
                    answer.status);
        fill(response, answer);
        return httplib::Server::HandlerResponse::Handled;
      });
  listener.thread = std::thread([&listener, lost = std::move(lost)] {
    listener.server.listen_after_bind();
    listener.ended = true;
    if (!listener.stopping) lost();
  });
  // Only a server that runs can be stopped.
  while (!listener.server.is_running() && !listener.ended) std::this_thread::yield();
}

}  // namespace ricochet
