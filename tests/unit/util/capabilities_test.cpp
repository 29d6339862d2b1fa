// SPDX-License-Identifier: Apache-2.0
//
// What is dropped is gone for ever, so each test drops in a process of its own.
#include "util/capabilities.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

namespace ricochet {
namespace {

// "CapEff" of /proc/self/status.
uint64_t capability_set(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ":")) return std::stoull(line.substr(name.size() + 1), nullptr, 16);
  }
  return UINT64_MAX;
}

void expect_equal(const char* name, uint64_t expected) {
  if (capability_set(name) == expected) return;
  std::fprintf(stderr, "%s is %lx, not %lx\n", name, capability_set(name), expected);
  std::exit(1);
}

// So that a program that this process starts would have it.
void make_ambient(cap_value_t capability) {
  const cap_t capabilities = ::cap_get_proc();
  ::cap_set_flag(capabilities, CAP_INHERITABLE, 1, &capability, CAP_SET);
  ::cap_set_proc(capabilities);
  ::cap_set_ambient(capability, CAP_SET);
  ::cap_free(capabilities);
  expect_equal("CapAmb", uint64_t{1} << capability);
}

class CapabilitiesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "without root there is nothing to drop";
  }
};

TEST_F(CapabilitiesTest, KeepsWhatIsNamedAndNothingElse) {
  const uint64_t wanted = uint64_t{1} << CAP_NET_ADMIN | uint64_t{1} << CAP_CHOWN;
  const uint64_t kept = wanted & capability_set("CapPrm");
  EXPECT_EXIT(
      {
        make_ambient(CAP_NET_ADMIN);
        if (!keep_capabilities(std::array{CAP_NET_ADMIN, CAP_CHOWN}).ok()) std::exit(2);
        expect_equal("CapEff", kept);
        expect_equal("CapPrm", kept);
        expect_equal("CapInh", 0);
        expect_equal("CapAmb", 0);
        expect_equal("CapBnd", kept);
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(CapabilitiesTest, KeepsNothingIfNothingIsNamed) {
  EXPECT_EXIT(
      {
        if (!keep_capabilities({}).ok()) std::exit(2);
        for (const char* name : {"CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd"}) {
          expect_equal(name, 0);
        }
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(CapabilitiesTest, CannotBeUndoneButMayBeRepeated) {
  EXPECT_EXIT(
      {
        if (!keep_capabilities({}).ok()) std::exit(2);
        if (!keep_capabilities(std::array{CAP_NET_ADMIN}).ok()) std::exit(3);
        expect_equal("CapEff", 0);
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(CapabilitiesTest, SaysWhatItCannotDrop) {
  EXPECT_EXIT(
      {
        const cap_value_t setpcap = CAP_SETPCAP;
        cap_t without = ::cap_get_proc();
        ::cap_set_flag(without, CAP_EFFECTIVE, 1, &setpcap, CAP_CLEAR);
        ::cap_set_proc(without);
        const auto done = keep_capabilities({});
        std::fprintf(stderr, "%s\n", done.ok() ? "done" : done.error().message.c_str());
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "cannot take cap_chown from the bounding set");
}

TEST_F(CapabilitiesTest, RefusesOnceThereAreThreads) {
  EXPECT_EXIT(
      {
        std::thread other([] { ::pause(); });
        const auto done = keep_capabilities({});
        std::fprintf(stderr, "%s\n", done.ok() ? "done" : done.error().message.c_str());
        std::_Exit(0);
      },
      ::testing::ExitedWithCode(0), "before threads start");
}

}  // namespace
}  // namespace ricochet
