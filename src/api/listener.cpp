// SPDX-License-Identifier: Apache-2.0
#include "api/listener.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/parameters.h"
#include "api/rest_reply.h"
#include "api/rest_request.h"
#include "util/fd.h"

namespace ricochet {
namespace {

constexpr time_t kTimeoutS = 5;  // of a client that says nothing
constexpr const char* kEveryPath = R"([\s\S]*)";
constexpr int kNoPort = 1;  // the library wants one for a Unix socket, too, and does not use it

// The library's default, SO_REUSEPORT, would let two routers share a port without a word.
void reuse_address(socket_t socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

// Before the bind, which gives the file the mode of the socket, so that it is never open to others.
void keep_private(socket_t socket) {
  ::fchmod(socket, S_IRUSR | S_IWUSR);
}

ApiRequest to_request(const httplib::Request& request) {
  return {.method = request.method,
          .target = request.target,
          .path = request.path,
          .parameters = request.params,
          .accept = request.get_header_value("Accept"),
          .if_match = request.get_header_value("If-Match"),
          .if_none_match = request.get_header_value("If-None-Match"),
          .content_type = request.get_header_value("Content-Type"),
          .content_length = request.get_header_value("Content-Length"),
          .content_encoding = request.get_header_value("Content-Encoding"),
          .transfer_encoding = request.get_header_value("Transfer-Encoding"),
          .body = request.body};
}

// A body that can be read is read before the answer, also where the headers are enough to refuse
// it: a connection that ends with unread bytes is reset, and the answer may be lost with it.
bool has_readable_body(const ApiRequest& request) {
  const auto length = parse_number("Content-Length", request.content_length, 1, kBodyBytesMax);
  return (request.method == "PUT" || request.method == "PATCH") && length &&
         request.transfer_encoding.empty() && request.content_encoding.empty();
}

void send(const httplib::Request& request, const ApiResponse& answer, httplib::Response& response) {
  const bool changes = request.method != "GET" && request.method != "HEAD";
  // The target as it was sent: decoded it could hold a line break.
  spdlog::log(changes ? spdlog::level::info : spdlog::level::debug, "{} {} from {}: {}",
              request.method, request.target,
              request.remote_addr.empty() ? "a local process" : request.remote_addr, answer.status);
  response.status = answer.status;
  response.set_content(answer.body, answer.content_type);
  if (!answer.allow.empty()) response.set_header("Allow", answer.allow);
  if (!answer.etag.empty()) response.set_header("ETag", answer.etag);
}

// What the library refuses by itself.
void explain(const httplib::Request&, httplib::Response& response) {
  if (!response.body.empty()) return;
  response.set_content("Not a request that this server understands", "text/plain; charset=utf-8");
}

sockaddr_un to_sockaddr(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

// Removes the socket of a daemon that died.
Result<void> remove_stale_socket(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) {
    return error("cannot listen on unix:{}: there is a file that is no socket", path);
  }
  const sockaddr_un address = to_sockaddr(path);
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const bool answers =
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  if (answers || errno != ECONNREFUSED) {
    return error("cannot listen on unix:{}: another process listens there", path);
  }
  ::unlink(path.c_str());
  return {};
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::bind(const ListenAddress& address) {
  std::unique_ptr<Listener> listener(new Listener(address));
  listener->configure();
  auto* internet = std::get_if<InternetAddress>(&listener->address_);
  auto bound = internet ? listener->bind_internet(*internet)
                        : listener->bind_unix(std::get<SocketPath>(address));
  if (!bound) return bound.error();
  listener->is_bound_ = true;
  return listener;
}

void Listener::configure() {
  // A request that is refused unread would leave its body to be taken for the next one.
  server_.set_keep_alive_max_count(1);
  server_.set_keep_alive_timeout(kTimeoutS);
  server_.set_read_timeout(kTimeoutS);
  server_.set_write_timeout(kTimeoutS);
  server_.set_payload_max_length(kBodyBytesMax);
  server_.set_error_handler(explain);
}

Result<void> Listener::bind_internet(InternetAddress& address) {
  server_.set_socket_options(reuse_address);
  const std::string host = address.address.to_string();
  if (address.port == 0) {
    const int port = server_.bind_to_any_port(host);
    if (port < 0) return error("cannot listen on {}: {}", host, std::strerror(errno));
    address.port = static_cast<uint16_t>(port);
  } else if (!server_.bind_to_port(host, address.port)) {
    return error("cannot listen on {}: {}; choose another --listen", to_string(address_),
                 std::strerror(errno));
  }
  return {};
}

Result<void> Listener::bind_unix(const SocketPath& address) {
  if (auto removed = remove_stale_socket(address.path); !removed) return removed;
  server_.set_socket_options(keep_private);
  server_.set_address_family(AF_UNIX);
  if (server_.bind_to_port(address.path, kNoPort)) return {};
  return error("cannot listen on {}: {}", to_string(address_), std::strerror(errno));
}

Listener::~Listener() {
  stopping_ = true;
  server_.stop();
  if (thread_.joinable()) thread_.join();
  const auto* unix_socket = std::get_if<SocketPath>(&address_);
  if (unix_socket != nullptr && is_bound_) ::unlink(unix_socket->path.c_str());
}

void Listener::start(const Answers& answers, std::function<void()> lost) {
  // Before routing, because the library would wait for the body of a PUT without a length.
  server_.set_pre_routing_handler(
      [answers](const httplib::Request& request, httplib::Response& response) {
        const ApiRequest headers = to_request(request);
        if (has_readable_body(headers)) return httplib::Server::HandlerResponse::Unhandled;
        const auto answer = answers.to_headers(headers);
        if (!answer) return httplib::Server::HandlerResponse::Unhandled;
        send(request, *answer, response);
        return httplib::Server::HandlerResponse::Handled;
      });
  const auto with_body = [answers](const httplib::Request& request, httplib::Response& response) {
    send(request, answers.to_request(to_request(request)), response);
  };
  server_.Put(kEveryPath, with_body);
  server_.Patch(kEveryPath, with_body);
  thread_ = std::thread([this, lost = std::move(lost)] {
    server_.listen_after_bind();
    ended_ = true;
    if (!stopping_) lost();
  });
  // Only a server that runs can be stopped.
  while (!server_.is_running() && !ended_) std::this_thread::yield();
}

}  // namespace ricochet
