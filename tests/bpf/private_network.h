// SPDX-License-Identifier: Apache-2.0
// A network of the test's own: a namespace, and devices whose other end is the test.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "packet_builder.h"
#include "util/fd.h"

namespace ricochet::test {

// Moves the calling thread into a new network namespace, once per process; the namespace goes when
// the process ends. Loopback is up and has kServiceAddress. IPv6 is off, but for loopback, which
// has kServiceAddress6, and where a test switches it on. Needs root.
void enter_private_network();

inline constexpr uint32_t kServiceAddress = ipv4(10, 0, 10, 0);
inline constexpr IpAddress kServiceAddress6 = ipv6(10, 0);
inline constexpr uint32_t kLoopbackIfindex = 1;

// Runs a command of the shell in the namespace; throws std::runtime_error if it fails.
void run_command(const std::string& command);

// Writes /proc/sys/<name> of the namespace.
void write_sysctl(const std::string& name, const std::string& value);

// An interface whose wire is the test: what the kernel sends is read here, and what is written
// here the kernel receives.
class Wire {
 public:
  enum class Kind { kEthernet, kIp };  // frames, or IP packets alone

  // Up, and with the address ("10.0.0.1/24") if one is given. The interface goes with the object.
  Wire(Kind kind, const std::string& name, const std::string& address = "");

  [[nodiscard]] uint32_t ifindex() const { return ifindex_; }
  void write(const Bytes& packet) const;
  // The next packet; nothing when none comes before the time is over.
  [[nodiscard]] std::optional<Bytes> read(std::chrono::milliseconds patience) const;

 private:
  Fd fd_;
  uint32_t ifindex_ = 0;
};

}  // namespace ricochet::test
