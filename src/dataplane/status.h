// SPDX-License-Identifier: Apache-2.0
//
// What the data plane has counted, read from the pinned maps: works without a daemon.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/pin_table.h"
#include "net/address.h"
#include "util/result.h"

namespace ricochet {

struct Counter {
  std::string_view name;  // of abi/ricochet.h
  std::string_view meaning;
  uint64_t packets = 0;
};

struct BackendTraffic {
  std::string address;  // "connected" for the backend that is the packet's own destination
  bool live = false;
  uint64_t packets = 0;
  uint64_t bytes = 0;  // Ethernet frames, without the FCS
};

struct LinkStatus {
  std::string interface;
  std::optional<bool> native;  // nothing: it is in another network namespace
};

struct DataplaneStatus {
  bool router = false;  // else an agent
  std::vector<LinkStatus> links;
  std::vector<Counter> counters;         // verdicts, then events; in the order of the ABI
  std::vector<BackendTraffic> backends;  // of a router
  PinUse pins;                           // of a router
  PinUse flows;                          // likewise; those that are kept
};

Result<DataplaneStatus> read_status(const std::filesystem::path& state_dir);

}  // namespace ricochet
