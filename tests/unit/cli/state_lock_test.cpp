// SPDX-License-Identifier: Apache-2.0
#include "cli/state_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "../store/temporary_directory.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;

TEST(StateLock, HasOneHolder) {
  TemporaryDirectory directory;
  const std::filesystem::path state_dir = directory / "a" / "b";
  {
    auto held = StateLock::acquire(state_dir);
    ASSERT_TRUE(held) << held.error().message;
    auto second = StateLock::acquire(state_dir);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message,
                HasSubstr(fmt::format("{} is in use by process {}: stop that one first",
                                      state_dir.string(), ::getpid())));
    EXPECT_TRUE(StateLock::acquire(directory / "other")) << "another directory, another lock";
  }
  EXPECT_TRUE(StateLock::acquire(state_dir)) << "free when the holder is gone";
}

TEST(StateLock, NamesItsHolderToWhoOnlyAsks) {
  TemporaryDirectory directory;
  const std::filesystem::path state_dir = directory / "a";
  EXPECT_EQ(StateLock::holder(state_dir), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(state_dir)) << "asking creates nothing";
  {
    const auto held = StateLock::acquire(state_dir);
    EXPECT_EQ(StateLock::holder(state_dir), std::to_string(::getpid()));
  }
  EXPECT_EQ(StateLock::holder(state_dir), std::nullopt);
}

TEST(StateLock, AskingHindersNobodyWhoTakesIt) {
  TemporaryDirectory directory;
  ASSERT_TRUE(StateLock::acquire(directory / "a"));
  const std::jthread asker([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) static_cast<void>(StateLock::holder(directory / "a"));
  });
  for (int time = 0; time < 5000; ++time) {
    const auto held = StateLock::acquire(directory / "a");
    ASSERT_TRUE(held) << held.error().message;
  }
}

TEST(StateLock, SaysWhyItCannotBeTaken) {
  TemporaryDirectory directory;
  ASSERT_TRUE(StateLock::acquire(directory / "file"));
  auto refused = StateLock::acquire(directory / "file" / "lock");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("cannot create the state directory"));
}

}  // namespace
}  // namespace ricochet
