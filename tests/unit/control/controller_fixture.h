// SPDX-License-Identifier: Apache-2.0
//
// A router without a kernel: a store in a directory, a fake data plane, and daemons that come and
// go on them.
#pragma once

#include <gtest/gtest.h>

#include "../store/temporary_directory.h"
#include "control/controller.h"
#include "fake_dataplane.h"
#include "state_matchers.h"
#include "values.h"

namespace ricochet {

inline constexpr Settings kPaperSettings{.placement = Placement::modulo,
                                         .history = HistoryPolicy::two_tables,
                                         .mark = MarkMode::ecmp_er};
inline constexpr Settings kDistinctSettings{.placement = Placement::modulo,
                                            .history = HistoryPolicy::distinct};
inline constexpr Settings kPlainSettings{.placement = Placement::modulo,
                                         .history = HistoryPolicy::none};

class ControllerTest : public ::testing::Test {
 protected:
  // A new daemon on what the last one left.
  Controller& start(const ControllerOptions& options) {
    controller_.reset();
    options_ = options;
    auto started = try_start(options);
    if (!started) throw std::runtime_error(started.error().message);
    controller_ = *std::move(started);
    return *controller_;
  }
  Controller& start(const Settings& settings) {
    return start(ControllerOptions{.settings = settings});
  }
  Controller& restart() { return start(options_); }

  Result<std::unique_ptr<Controller>> try_start(const ControllerOptions& options) {
    auto store = GenerationStore::open(store_path(), options.settings);
    if (!store) return store.error();
    auto recovered = replay(*store, options.settings, dataplane_.port_list.size());
    if (!recovered) return recovered.error();
    return Controller::start(*std::move(store), *std::move(recovered), dataplane_, options);
  }

  [[nodiscard]] std::filesystem::path store_path() const { return directory_ / "generations.db"; }

  // Routes and installs in one go.
  Outcome install_with(std::initializer_list<Route> added,
                       std::initializer_list<Route> removed = {}) {
    for (const Route& route : added) EXPECT_TRUE(controller_->add_route(route).ok());
    for (const Route& route : removed) EXPECT_TRUE(controller_->remove_route(route).ok());
    return controller_->install();
  }

  // The store, the controller and the data plane agree, and a new daemon would too.
  void expect_consistent() {
    const Snapshot snapshot = controller_->snapshot();
    expect_holds(dataplane_, snapshot.state, snapshot.neighbours);
    auto store = GenerationStore::open(store_path(), options_.settings);
    ASSERT_TRUE(store);
    const auto recovered = replay(*store, options_.settings, dataplane_.port_list.size());
    ASSERT_TRUE(recovered);
    expect_same_state(recovered->state, snapshot.state);
    EXPECT_EQ(recovered->neighbours, snapshot.neighbours);
  }

  TemporaryDirectory directory_;
  FakeDataplane dataplane_;
  ControllerOptions options_;
  std::unique_ptr<Controller> controller_;
};

}  // namespace ricochet
