// SPDX-License-Identifier: Apache-2.0
// A state directory and a private network for the tests of src/dataplane, and the kernel's ids of
// what is pinned: an id is never used twice, so the same id is the same object.
#pragma once

#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "dataplane/router.h"
#include "dataplane/state_dir.h"
#include "private_network.h"
#include "util/fd.h"

namespace ricochet::test {

class DataplaneScene : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    enter_private_network();
    char name[] = "/tmp/ricochet-dataplane-XXXXXX";
    options_.state_dir = ::mkdtemp(name);
    options_.ports = {"lo"};
    options_.table_memory_mib = 1;
  }

  void TearDown() override {
    if (options_.state_dir.empty()) return;
    const auto state = StateDir::open(options_.state_dir);
    if (state) {
      EXPECT_TRUE(state->detach());
      EXPECT_TRUE(state->purge());
    }
    std::error_code ignored;
    std::filesystem::remove(options_.state_dir, ignored);
    EXPECT_FALSE(std::filesystem::exists(options_.state_dir));
  }

  // Null, and a failure of the test, if it cannot be opened.
  std::unique_ptr<RouterDataplane> open() {
    auto router = RouterDataplane::open(options_);
    if (router) return *std::move(router);
    ADD_FAILURE() << router.error().message;
    return nullptr;
  }

  std::unique_ptr<RouterDataplane> open_and_attach() {
    auto router = open();
    if (!router) return nullptr;
    const auto attached = router->attach();
    if (attached) return router;
    ADD_FAILURE() << attached.error().message;
    return nullptr;
  }

  [[nodiscard]] StateDir state() const { return *StateDir::open(options_.state_dir); }

  // 0 where nothing is pinned.
  [[nodiscard]] uint32_t map_id(const std::string& map) const { return map_info(map).id; }
  [[nodiscard]] bpf_map_info map_info(const std::string& map) const {
    return info<bpf_map_info>(state().pin(map));
  }
  [[nodiscard]] bpf_link_info link_info(const std::string& port) const {
    return info<bpf_link_info>(state().link_pin(port));
  }
  // The program that is attached to the port.
  [[nodiscard]] Fd program(const std::string& port) const {
    return Fd(bpf_prog_get_fd_by_id(link_info(port).prog_id));
  }

  RouterOptions options_;

 private:
  template <class Info>
  static Info info(const std::filesystem::path& pin) {
    Info info{};
    __u32 bytes = sizeof(info);
    const Fd fd(bpf_obj_get(pin.c_str()));
    if (!fd.valid() || bpf_obj_get_info_by_fd(fd.get(), &info, &bytes) != 0) return {};
    return info;
  }
};

}  // namespace ricochet::test
