// SPDX-License-Identifier: Apache-2.0
// Makes a failing case small: leaves out and simplifies whatever it can and the case still fails.
#pragma once

#include <functional>

#include "random_router.h"

namespace ricochet::test {

struct RouterCase {
  reference::RouterTables tables;
  RouterFrame frame;
};

using FrameFails = std::function<bool(const Bytes&)>;
using RouterCaseFails = std::function<bool(const RouterCase&)>;

// Of a frame that fails, one that fails too, without tags, IP options and extension headers if it
// can be, and of which no byte can be left out at its end or be 0. A right IP checksum stays right.
Bytes shrink_frame(Bytes frame, const FrameFails& fails);

RouterCase shrink(RouterCase failing, const RouterCaseFails& fails);

}  // namespace ricochet::test
