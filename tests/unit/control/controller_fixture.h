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
#include "store/sqlite.h"
#include "values.h"

namespace ricochet {

inline constexpr TableOptions kPaperTable{.placement = Placement::modulo,
                                          .history = HistoryPolicy::two_tables,
                                          .mark = MarkMode::ecmp_er};
inline constexpr TableOptions kDistinctTable{.placement = Placement::modulo,
                                             .history = HistoryPolicy::distinct};
inline constexpr TableOptions kPlainTable{.placement = Placement::modulo,
                                          .history = HistoryPolicy::none};

class ControllerTest : public ::testing::Test {
 protected:
  inline static const ServiceKey kService = service("10.0.10.0:80/tcp");

  // One pool, and the service that uses it.
  static Configuration web(std::initializer_list<uint32_t> numbers,
                           const TableOptions& table = kDistinctTable) {
    return {.pools = {{"web", servers(numbers, table)}},
            .services = {{kService, {"web"}}},
            .neighbours = {}};
  }

  // A new daemon on what the last one left, in a network where these neighbours are known.
  Controller& start(const ControllerOptions& options) {
    controller_.reset();
    options_ = options;
    auto started = try_start();
    if (!started) throw std::runtime_error(started.error().message);
    controller_ = *std::move(started);
    return *controller_;
  }
  Controller& start(const TableOptions& table) { return start(ControllerOptions{.table = table}); }
  Controller& restart() { return start(options_); }

  Result<std::unique_ptr<Controller>> try_start() {
    auto store = GenerationStore::open(store_path(), 0);
    if (!store) return store.error();
    auto recovered = store->load();
    if (!recovered) return recovered.error();
    auto controller = std::make_unique<Controller>(*std::move(store), *std::move(recovered),
                                                   dataplane_, options_);
    if (auto started = controller->start(network_); !started) return started.error();
    return controller;
  }

  // Until show_log() the store takes no record.
  void hide_log() { execute("ALTER TABLE generations RENAME TO hidden"); }
  void show_log() { execute("ALTER TABLE hidden RENAME TO generations"); }

  [[nodiscard]] std::filesystem::path store_path() const { return directory_ / "generations.db"; }

  void observe(std::initializer_list<uint32_t> servers) {
    network_ = learned(servers);
    controller_->observe(network_);
  }

  // The configuration becomes this one.
  ChangeReport become(const Configuration& wanted,
                      const ChangeOptions& options = {.cause = "test"}) {
    return controller_->change(
        [&](Configuration& configuration) {
          configuration = wanted;
          return done({});
        },
        options);
  }

  // Routes and installs in one go.
  Outcome install_with(std::initializer_list<Route> added,
                       std::initializer_list<Route> removed = {}) {
    for (const Route& route : added) EXPECT_TRUE(controller_->add_route(route).ok());
    for (const Route& route : removed) EXPECT_TRUE(controller_->remove_route(route).ok());
    return controller_->install();
  }

  [[nodiscard]] std::shared_ptr<const RouterState> state() const {
    return controller_->view().state;
  }

  // The store, the controller and the data plane agree, and a new daemon would too.
  void expect_consistent() {
    const View view = controller_->view();
    std::set<std::string> ports;
    for (const PortStatus& port : dataplane_.port_list) {
      if (port.ifindex != 0) ports.insert(port.name);
    }
    expect_holds(dataplane_, *view.state,
                 usable_neighbours(view.state->configuration, view.learned->neighbours, ports));
    auto store = GenerationStore::open(store_path(), 0);
    ASSERT_TRUE(store);
    const auto recovered = store->load();
    ASSERT_TRUE(recovered);
    expect_same_state(*recovered, *view.state);
  }

  void execute(const char* sql) { ASSERT_TRUE(Database::open(store_path())->execute(sql)); }

  TemporaryDirectory directory_;
  FakeDataplane dataplane_;
  LearnedNeighbours network_ = learned({1, 2, 3, 4, 5, 6});
  ControllerOptions options_;
  std::unique_ptr<Controller> controller_;
};

}  // namespace ricochet
