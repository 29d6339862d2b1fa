// SPDX-License-Identifier: Apache-2.0
#include "util/fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <utility>

namespace ricochet {
namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) != -1;
}

class FdTest : public ::testing::Test {
 protected:
  static int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
};

TEST_F(FdTest, IsNothingByDefault) {
  const Fd none;
  EXPECT_FALSE(none.valid());
  EXPECT_EQ(none.get(), -1);
}

TEST_F(FdTest, ClosesWhatItOwns) {
  const int raw = open_null();
  {
    const Fd fd(raw);
    EXPECT_TRUE(fd.valid());
    EXPECT_TRUE(is_open(raw));
  }
  EXPECT_FALSE(is_open(raw));
}

TEST_F(FdTest, ResetClosesAtOnce) {
  Fd fd(open_null());
  const int raw = fd.get();
  fd.reset();
  EXPECT_FALSE(fd.valid());
  EXPECT_FALSE(is_open(raw));
}

TEST_F(FdTest, MoveHandsOver) {
  Fd source(open_null());
  const int raw = source.get();
  const Fd target(std::move(source));
  EXPECT_FALSE(source.valid());  // NOLINT: being empty then is a promise
  EXPECT_EQ(target.get(), raw);
  EXPECT_TRUE(is_open(raw));
}

TEST_F(FdTest, MoveAssignmentClosesTheOldOne) {
  Fd target(open_null());
  Fd source(open_null());
  const int old_raw = target.get();
  const int new_raw = source.get();
  target = std::move(source);
  EXPECT_FALSE(is_open(old_raw));
  EXPECT_TRUE(is_open(new_raw));
  EXPECT_EQ(target.get(), new_raw);
}

}  // namespace
}  // namespace ricochet
