// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "api/rest_request.h"
#include "control/controller.h"
#include "dataplane/status.h"
#include "dataplane/trace.h"

namespace ricochet {

// What the API tells of the daemon besides what its controller knows.
struct DaemonFacts {
  Json settings = Json::object();  // the router section of the configuration file
  std::string version;             // of the program
  // Of dataplane/status.h and dataplane/trace.h, with the router's state directory.
  std::function<Result<DataplaneStatus>()> read_status;
  std::function<Result<Trace>(const TracedPacket&, const TraceNames&)> trace_packet;
};

// A request that a route of the REST API matches.
struct RestCall {
  Controller& controller;
  const DaemonFacts& daemon;
  const ApiRequest& request;
  PathParameters path;

  [[nodiscard]] const std::string& operator[](const char* name) const { return path.at(name); }
};

}  // namespace ricochet
