// SPDX-License-Identifier: Apache-2.0
//
// The reading end of the tap that is in both programs: what `ricochet capture` listens to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "abi/ricochet.h"
#include "util/result.h"

namespace ricochet {

// One capture of a router or an agent; the tap is off again when this is gone. Not thread-safe.
class Tap {
 public:
  // Returns whether to go on. bytes are valid during the call only.
  using Handler = std::function<bool(const rch_tap_record& record, std::span<const uint8_t> bytes)>;

  // Finds the pinned tap of the daemon whose state directory this is; the daemon need not run.
  // Refuses while another process captures there. One that was killed is no hindrance.
  static Result<std::unique_ptr<Tap>> open(const std::filesystem::path& state_dir);
  virtual ~Tap() = default;

  // Whether the records are a router's; else they are an agent's.
  [[nodiscard]] virtual bool of_router() const = 0;
  // By the interface's link, so that it holds in any network namespace; "if7" for one without.
  [[nodiscard]] virtual std::string interface_name(uint32_t ifindex) const = 0;

  // Records flow from now on; earlier ones are forgotten. filter.enabled is not looked at.
  virtual Result<void> enable(const rch_tap_filter& filter) = 0;
  // No new records; those already written can still be polled.
  virtual void disable() = 0;
  // Waits for records at most timeout_ms and hands over what is there, until the handler has
  // enough: records may come faster than it takes them. A signal ends the wait.
  virtual Result<void> poll(int timeout_ms, const Handler& handler) = 0;
  // Records that found no room since enable.
  [[nodiscard]] virtual uint64_t lost() const = 0;
};

}  // namespace ricochet
