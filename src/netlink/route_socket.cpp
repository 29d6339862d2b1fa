// SPDX-License-Identifier: Apache-2.0
#include "netlink/route_socket.h"

#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include <new>

namespace ricochet {
namespace {

// Thousands of events may come while the reader is busy with the last ones.
constexpr int kEventBufferBytes = 8 << 20;
// A dump of a table that never rests is asked for again so many times.
constexpr int kDumpAttempts = 20;

struct CallbackDeleter {
  void operator()(nl_cb* callbacks) const { nl_cb_put(callbacks); }
};
using Callbacks = std::unique_ptr<nl_cb, CallbackDeleter>;

Callbacks make_callbacks() {
  Callbacks callbacks(nl_cb_alloc(NL_CB_DEFAULT));
  if (!callbacks) throw std::bad_alloc();
  return callbacks;
}

// What has come of the answer to a request.
struct Answer {
  const RouteSocket::Reader& read;
  bool complete = false;
  bool interrupted = false;
  int error_number = 0;
};

int on_message(nl_msg* message, void* answer) {
  static_cast<Answer*>(answer)->read(*nlmsg_hdr(message));
  return NL_OK;
}

int on_interrupted(nl_msg*, void* answer) {
  static_cast<Answer*>(answer)->interrupted = true;
  return NL_OK;
}

int on_end(nl_msg*, void* answer) {
  static_cast<Answer*>(answer)->complete = true;
  return NL_STOP;
}

int on_error(sockaddr_nl*, nlmsgerr* error, void* answer) {
  static_cast<Answer*>(answer)->error_number = -error->error;
  static_cast<Answer*>(answer)->complete = true;
  return NL_STOP;
}

// Root may have more than the system's limit (net.core.rmem_max), others up to it.
void enlarge_buffer(int fd) {
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kEventBufferBytes, sizeof(int)) != 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kEventBufferBytes, sizeof(int));
}

}  // namespace

void NetlinkMessageDeleter::operator()(nl_msg* message) const {
  nlmsg_free(message);
}

NetlinkMessage netlink_message(uint16_t type, int flags) {
  NetlinkMessage message(nlmsg_alloc_simple(type, flags));
  if (!message) throw std::bad_alloc();
  return message;
}

void append(nl_msg& message, const void* data, size_t bytes) {
  if (nlmsg_append(&message, const_cast<void*>(data), bytes, NLMSG_ALIGNTO) != 0)
    throw std::bad_alloc();
}

void put(nl_msg& message, int attribute, const void* data, size_t bytes) {
  if (nla_put(&message, attribute, static_cast<int>(bytes), data) != 0) throw std::bad_alloc();
}

void RouteSocket::Deleter::operator()(nl_sock* socket) const {
  nl_socket_free(socket);
}

Result<RouteSocket> RouteSocket::open() {
  RouteSocket opened{std::unique_ptr<nl_sock, Deleter>(nl_socket_alloc())};
  if (!opened.socket_) throw std::bad_alloc();
  if (const int rc = nl_connect(opened.socket_.get(), NETLINK_ROUTE); rc < 0)
    return error("cannot talk to the kernel about its network: {}", nl_geterror(rc));
  return opened;
}

Result<RouteSocket> RouteSocket::subscribe(std::initializer_list<int> groups) {
  auto opened = open();
  if (!opened) return opened;
  nl_sock* socket = opened->socket_.get();
  enlarge_buffer(nl_socket_get_fd(socket));
  int rc = nl_socket_set_nonblocking(socket);
  for (const int group : groups)
    if (rc == 0) rc = nl_socket_add_membership(socket, group);
  if (rc < 0) return error("cannot follow the kernel's network: {}", nl_geterror(rc));
  return opened;
}

std::error_code RouteSocket::exchange(nl_msg& request, const Reader& read) {
  Answer answer{.read = read};
  const Callbacks callbacks = make_callbacks();
  nl_cb_set(callbacks.get(), NL_CB_VALID, NL_CB_CUSTOM, on_message, &answer);
  nl_cb_set(callbacks.get(), NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, &answer);
  nl_cb_set(callbacks.get(), NL_CB_FINISH, NL_CB_CUSTOM, on_end, &answer);
  nl_cb_set(callbacks.get(), NL_CB_ACK, NL_CB_CUSTOM, on_end, &answer);
  nl_cb_err(callbacks.get(), NL_CB_CUSTOM, on_error, &answer);

  if (nl_send_auto(socket_.get(), &request) < 0) return std::make_error_code(std::errc::io_error);
  while (!answer.complete)
    if (nl_recvmsgs(socket_.get(), callbacks.get()) < 0 && !answer.complete)
      return std::make_error_code(std::errc::io_error);
  if (answer.interrupted) return std::make_error_code(std::errc::interrupted);
  return {answer.error_number, std::generic_category()};
}

std::error_code RouteSocket::dump(uint16_t type, const Reader& read) {
  const auto request = netlink_message(type, NLM_F_DUMP);
  // Of the headers of all tables it is the first octet that names the family.
  const ifinfomsg every_family{};
  append(*request, &every_family, sizeof(every_family));
  std::error_code problem;
  for (int attempt = 0; attempt < kDumpAttempts; ++attempt) {
    problem = exchange(*request, read);
    if (problem != std::errc::interrupted) break;
  }
  return problem;
}

bool RouteSocket::drain(const Reader& read) {
  Answer events{.read = read};
  const Callbacks callbacks = make_callbacks();
  nl_cb_set(callbacks.get(), NL_CB_VALID, NL_CB_CUSTOM, on_message, &events);
  // Sequence numbers of events are those of the requests of others.
  nl_cb_set(
      callbacks.get(), NL_CB_SEQ_CHECK, NL_CB_CUSTOM,
      [](nl_msg*, void*) { return static_cast<int>(NL_OK); }, nullptr);
  int rc = 0;
  while (rc >= 0) rc = nl_recvmsgs(socket_.get(), callbacks.get());
  return rc == -NLE_AGAIN;
}

int RouteSocket::fd() const {
  return nl_socket_get_fd(socket_.get());
}

}  // namespace ricochet
