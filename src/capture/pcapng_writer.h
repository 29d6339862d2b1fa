// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <ostream>
#include <string>

#include "capture/captured_packet.h"

namespace ricochet {

// Writes packets as pcapng (draft-ietf-opsawg-pcapng) for Wireshark and its kind: interfaces by
// name, nanoseconds, direction as packet flags, and the verdict as the packet's comment. Errors
// of writing are the stream's to tell; nothing is flushed here.
class PcapngWriter {
 public:
  // Starts the file. `out` must outlive the writer; interface_name names an ifindex, once each.
  PcapngWriter(std::ostream& out, std::function<std::string(uint32_t ifindex)> interface_name);

  void write(const CapturedPacket& packet);

 private:
  uint32_t interface_id(uint32_t ifindex);

  std::ostream& out_;
  std::function<std::string(uint32_t)> interface_name_;
  std::map<uint32_t, uint32_t> interface_ids_;  // ifindex -> position in the file
};

}  // namespace ricochet
