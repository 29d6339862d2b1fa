// SPDX-License-Identifier: Apache-2.0
#include "scratch_router.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>

#include "dataplane/state_dir.h"
#include "sockets.h"

namespace ricochet::bench {
namespace {

// The bpffs with the pins is mounted there, so that it goes with the process.
Result<void> enter_private_mounts() {
  if (unshare(CLONE_NEWNS) || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr)) {
    return error("cannot make a mount namespace: {}; run as root", std::strerror(errno));
  }
  return {};
}

Result<std::filesystem::path> make_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "ricochet-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    return error("cannot make {}: {}", name, std::strerror(errno));
  }
  return std::filesystem::path(name);
}

}  // namespace

Result<std::unique_ptr<ScratchRouter>> ScratchRouter::open() {
  if (auto entered = enter_private_namespace(); !entered) return entered.error();
  if (auto entered = enter_private_mounts(); !entered) return entered.error();
  auto directory = make_directory();
  if (!directory) return directory.error();
  std::unique_ptr<ScratchRouter> router(new ScratchRouter(*std::move(directory)));
  RouterOptions options;
  options.ports = {kScratchPort};
  options.state_dir = router->directory_;
  auto dataplane = RouterDataplane::open(options);
  if (!dataplane) return dataplane.error();
  router->dataplane_ = std::make_unique<TimedDataplane>(*std::move(dataplane));
  return router;
}

ScratchRouter::~ScratchRouter() {
  dataplane_.reset();
  if (const auto state = StateDir::open(directory_)) {
    (void)state->detach();
    (void)state->purge();
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace ricochet::bench
