// SPDX-License-Identifier: Apache-2.0
//
// DataplaneSync: options of services and the IDs by which QUIC connections name backends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/dataplane_sync.h"
#include "fake_dataplane.h"
#include "values.h"

namespace ricochet {
namespace {

using ::testing::IsEmpty;

const Neighbours kNeighbours{{server(1), neighbour("p1", 1)}, {server(2), neighbour("p2", 2)}};

class QuicServersTest : public ::testing::Test {
 protected:
  QuicServersTest() {
    wanted_.pools["web"] = servers({1, 2});
    name(0, "0a:01");
    name(1, "0a:02");
    wanted_.services[kService] = {.pool = "web", .options = {.quic = true}};
  }

  void name(size_t backend, const char* id) {
    wanted_.pools["web"].backends[backend].quic_id = *QuicId::parse(id);
  }

  Result<void> apply() {
    Generation generation;
    generation.number = state_.generation + 1;
    generation.difference = difference(state_.configuration, wanted_);
    state_ = std::move(fold(state_, generation)->state);
    return apply_again();
  }
  Result<void> apply_again() {
    std::set<PoolIndex> published;
    return sync_.apply(state_, kNeighbours, published);
  }

  // Of the server in the data plane; 0: it has none.
  [[nodiscard]] BackendId id_of(Address address) const {
    for (const auto& [id, entry] : dataplane_.backends) {
      if (entry.address == address) return id;
    }
    return 0;
  }

  const ServiceKey kService = *parse_service_key("10.0.10.0:443/udp");
  Configuration wanted_;
  RouterState state_;
  FakeDataplane dataplane_;
  DataplaneSync sync_{dataplane_};
};

TEST_F(QuicServersTest, AnIdNamesABackendOfItsPool) {
  ASSERT_TRUE(apply());
  EXPECT_EQ(dataplane_.quic_servers,
            (std::map<QuicServer, BackendId>{{{.pool = 0, .id = 0x0a01}, id_of(server(1))},
                                             {{.pool = 0, .id = 0x0a02}, id_of(server(2))}}));
  EXPECT_EQ(dataplane_.quic_id_bytes.at(0), 2u);
}

TEST_F(QuicServersTest, AnIdThatIsNoMoreNamesNobody) {
  ASSERT_TRUE(apply());
  name(0, "0b:01");
  ASSERT_TRUE(apply());
  EXPECT_FALSE(dataplane_.quic_servers.contains({.pool = 0, .id = 0x0a01}));
  EXPECT_EQ(dataplane_.quic_servers.at({.pool = 0, .id = 0x0b01}), id_of(server(1)));
  for (Backend& backend : wanted_.pools["web"].backends) backend.quic_id.reset();
  ASSERT_TRUE(apply());
  EXPECT_THAT(dataplane_.quic_servers, IsEmpty());
  EXPECT_EQ(dataplane_.quic_id_bytes.at(0), 0u);
}

TEST_F(QuicServersTest, TwoServersMayChangeTheirIds) {
  ASSERT_TRUE(apply());
  name(0, "0a:02");
  name(1, "0a:01");
  ASSERT_TRUE(apply());
  EXPECT_EQ(dataplane_.quic_servers.at({.pool = 0, .id = 0x0a02}), id_of(server(1)));
  EXPECT_EQ(dataplane_.quic_servers.at({.pool = 0, .id = 0x0a01}), id_of(server(2)));
}

TEST_F(QuicServersTest, ARemovedBackendIsNamedByNobody) {
  ASSERT_TRUE(apply());
  wanted_.pools["web"].backends.pop_back();
  ASSERT_TRUE(apply());
  EXPECT_FALSE(dataplane_.quic_servers.contains({.pool = 0, .id = 0x0a02}));
  EXPECT_THAT(dataplane_.violations, IsEmpty());
}

TEST_F(QuicServersTest, OptionsChangeWithoutTheTable) {
  ASSERT_TRUE(apply());
  wanted_.services[kService].options = {.affinity = Affinity::source, .keep_flows = true};
  ASSERT_TRUE(apply());
  EXPECT_EQ(dataplane_.services.at(kService).options, wanted_.services[kService].options);
  EXPECT_EQ(dataplane_.publishes.at(0), 1);
}

// Whatever call fails, the next time it goes on from there.
TEST_F(QuicServersTest, GoesOnAfterAFailure) {
  for (size_t calls = 0;; ++calls) {
    dataplane_.fail_after(calls);
    const bool done = static_cast<bool>(calls == 0 ? apply() : apply_again());
    dataplane_.heal();
    if (done) break;
  }
  EXPECT_EQ(dataplane_.quic_servers.size(), 2u);
  EXPECT_EQ(dataplane_.quic_id_bytes.at(0), 2u);
  EXPECT_THAT(dataplane_.violations, IsEmpty());
}

TEST_F(QuicServersTest, AnAdoptedIdThatNobodyWantsGoes) {
  dataplane_.quic_servers[{.pool = 3, .id = 9}] = 77;
  sync_.adopt();
  ASSERT_TRUE(apply());
  EXPECT_EQ(dataplane_.quic_servers.size(), 2u);
}

}  // namespace
}  // namespace ricochet
