// SPDX-License-Identifier: Apache-2.0
// A neighbour that is another kernel's network: it answers ARP by itself.
#pragma once

#include <cstdint>
#include <string>

#include "util/fd.h"

namespace ricochet::test {

// An interface of the test's namespace (enter_private_network) and, at its other end, "eth0" of a
// namespace that has nothing else. Both ends are up. All goes with the object.
class VethPeer {
 public:
  // Addresses as in "10.0.1.1/24".
  VethPeer(const std::string& name, const std::string& address, const std::string& peer_mac,
           const std::string& peer_address);
  VethPeer(const VethPeer&) = delete;
  VethPeer& operator=(const VethPeer&) = delete;
  ~VethPeer();

  // Of the test's end, for as long as nothing removes it.
  [[nodiscard]] uint32_t ifindex() const { return ifindex_; }
  // Runs a command of the shell in the peer's namespace; throws std::runtime_error if it fails.
  void run(const std::string& command) const;

 private:
  [[nodiscard]] std::string namespace_path() const;

  Fd namespace_;
  uint32_t ifindex_ = 0;
};

}  // namespace ricochet::test
