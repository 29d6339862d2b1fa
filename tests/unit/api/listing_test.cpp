// SPDX-License-Identifier: Apache-2.0
//
// The listings byte for byte, as the paper's controller prints them.
#include "api/listing.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "../control/controller_fixture.h"
#include "api/listing_json.h"
#include "api/listing_text.h"

namespace ricochet {
namespace {

using Json = nlohmann::json;

const Route kFirst = route("10.0.10.0", "10.0.0.1");
const Route kSecond = route("10.0.10.0", "10.0.0.2");

class ListingTest : public ControllerTest {
 protected:
  void add_demo_neighbours() {
    Configuration wanted = state()->configuration;
    wanted.neighbours = {{server(1), neighbour("p1", 1)},
                         {server(2), neighbour("p2", 2)},
                         {server(3), neighbour("p3", 3)},
                         {server(4), neighbour("p4", 4)},
                         {ip("10.0.1.99"), neighbour("p0", 0x99)}};
    ASSERT_TRUE(become(wanted).outcome.ok());
  }

  [[nodiscard]] Listing listing() const { return make_listing(controller_->view()); }
  [[nodiscard]] std::string table(TableName name) const { return to_text(listing(), name); }
};

constexpr const char* kNeighbourRows =
    "1 | match: nh_addr: 10.0.0.1 | action: set_output( dstMac: 02:03:04:05:06:01 port: 1 )\n"
    "2 | match: nh_addr: 10.0.0.2 | action: set_output( dstMac: 02:03:04:05:06:02 port: 2 )\n"
    "3 | match: nh_addr: 10.0.0.3 | action: set_output( dstMac: 02:03:04:05:06:03 port: 3 )\n"
    "4 | match: nh_addr: 10.0.0.4 | action: set_output( dstMac: 02:03:04:05:06:04 port: 4 )\n"
    "5 | match: nh_addr: 10.0.1.99 | action: set_output( dstMac: 02:03:04:05:06:99 port: 0 )\n";

std::string blocks(const char* lpm, const char* current, const char* previous,
                   const char* neighbours) {
  return std::string(
             "-------------------------------------\n"
             " Table SwitchIngress.ecmper.ipv4_lpm\n"
             "-------------------------------------\n") +
         lpm +
         "-----------------------------------\n"
         " Table SwitchIngress.ecmper.cur_nh\n"
         "-----------------------------------\n" +
         current +
         "-----------------------------------\n"
         " Table SwitchIngress.ecmper.prv_nh\n"
         "-----------------------------------\n" +
         previous +
         "----------------------------------\n"
         " Table SwitchIngress.ecmper.neigh\n"
         "----------------------------------\n" +
         neighbours;
}

TEST_F(ListingTest, Empty) {
  start(kPaperTable);
  add_demo_neighbours();
  const std::string text = to_text(listing());
  EXPECT_EQ(text, blocks("", "1 | match: nh_index: 0 | action: drop( )\n",
                         "1 | match: nh_index: 0 | action: drop( )\n", kNeighbourRows));
  EXPECT_EQ(text.size(), 949u) << "the length that the paper's controller sent";
}

TEST_F(ListingTest, FirstInstall) {
  start(kPaperTable);
  add_demo_neighbours();
  install_with({kFirst});
  const std::string text = to_text(listing());
  EXPECT_EQ(text,
            blocks("1 | match: dstAddr: 10.0.10.0/32 | action: set_nh_index( cur_nh_offset: 1 "
                   "cur_nh_count: 1 prv_nh_offset: 1 prv_nh_count: 0 )\n",
                   "1 | match: nh_index: 0 | action: drop( )\n"
                   "2 | match: nh_index: 1 | action: set_nexthop( nexthop: 10.0.0.1 )\n",
                   "1 | match: nh_index: 0 | action: drop( )\n", kNeighbourRows));
  EXPECT_EQ(text.size(), 1140u) << "the length that the paper's controller sent";
}

TEST_F(ListingTest, SecondInstall) {
  start(kPaperTable);
  add_demo_neighbours();
  install_with({kFirst});
  install_with({kSecond});
  const std::string text = to_text(listing());
  EXPECT_EQ(text,
            blocks("1 | match: dstAddr: 10.0.10.0/32 | action: set_nh_index( cur_nh_offset: 1 "
                   "cur_nh_count: 8 prv_nh_offset: 1 prv_nh_count: 1 )\n",
                   "1 | match: nh_index: 0 | action: drop( )\n"
                   "2 | match: nh_index: 1 | action: set_nexthop( nexthop: 10.0.0.1 )\n"
                   "3 | match: nh_index: 2 | action: set_nexthop( nexthop: 10.0.0.2 )\n"
                   "4 | match: nh_index: 3 | action: set_nexthop( nexthop: 10.0.0.1 )\n"
                   "5 | match: nh_index: 4 | action: set_nexthop( nexthop: 10.0.0.2 )\n"
                   "6 | match: nh_index: 5 | action: set_nexthop( nexthop: 10.0.0.1 )\n"
                   "7 | match: nh_index: 6 | action: set_nexthop( nexthop: 10.0.0.2 )\n"
                   "8 | match: nh_index: 7 | action: set_nexthop( nexthop: 10.0.0.1 )\n"
                   "9 | match: nh_index: 8 | action: set_nexthop( nexthop: 10.0.0.2 )\n",
                   "1 | match: nh_index: 0 | action: drop( )\n"
                   "2 | match: nh_index: 1 | action: set_nexthop( nexthop: 10.0.0.1 )\n",
                   kNeighbourRows));
  EXPECT_EQ(text.size(), 1668u) << "the length that the paper's controller sent";
}

TEST_F(ListingTest, OffsetsFollowEachOtherInEachTable) {
  start(kPaperTable);
  install_with({connected("10.0.1.0/24"), kFirst, route("10.0.9.0/24", "10.0.0.3")});
  install_with({kSecond}, {route("10.0.9.0/24", "10.0.0.3")});
  EXPECT_EQ(table(TableName::ipv4_lpm),
            "| Table SwitchIngress.ecmper.ipv4_lpm\n"
            "1 | match: dstAddr: 10.0.1.0/24 | action: set_nh_index( cur_nh_offset: 1 "
            "cur_nh_count: 1 prv_nh_offset: 1 prv_nh_count: 1 )\n"
            "2 | match: dstAddr: 10.0.9.0/24 | action: set_nh_index( cur_nh_offset: 2 "
            "cur_nh_count: 0 prv_nh_offset: 2 prv_nh_count: 1 )\n"
            "3 | match: dstAddr: 10.0.10.0/32 | action: set_nh_index( cur_nh_offset: 2 "
            "cur_nh_count: 8 prv_nh_offset: 3 prv_nh_count: 1 )\n");
  EXPECT_EQ(table(TableName::prv_nh),
            "| Table SwitchIngress.ecmper.prv_nh\n"
            "1 | match: nh_index: 0 | action: drop( )\n"
            "2 | match: nh_index: 1 | action: set_nexthop( nexthop: 0.0.0.0 )\n"
            "3 | match: nh_index: 2 | action: set_nexthop( nexthop: 10.0.0.3 )\n"
            "4 | match: nh_index: 3 | action: set_nexthop( nexthop: 10.0.0.1 )\n");
}

TEST_F(ListingTest, SortsByAddressThenLengthThenPort) {
  start(kPlainTable);
  install_with({route("10.0.10.0:443/tcp", "10.0.0.1"), route("10.0.10.0:80/tcp", "10.0.0.1"),
                kFirst, route("10.0.0.0/8", "10.0.0.1"), route("10.0.0.0/24", "10.0.0.1"),
                route("9.0.0.0/8", "10.0.0.1")});
  EXPECT_EQ(table(TableName::ipv4_lpm),
            "| Table SwitchIngress.ecmper.ipv4_lpm\n"
            "1 | match: dstAddr: 9.0.0.0/8 | action: set_nh_index( cur_nh_offset: 1 "
            "cur_nh_count: 1 prv_nh_offset: 1 prv_nh_count: 0 )\n"
            "2 | match: dstAddr: 10.0.0.0/8 | action: set_nh_index( cur_nh_offset: 2 "
            "cur_nh_count: 1 prv_nh_offset: 1 prv_nh_count: 0 )\n"
            "3 | match: dstAddr: 10.0.0.0/24 | action: set_nh_index( cur_nh_offset: 3 "
            "cur_nh_count: 1 prv_nh_offset: 1 prv_nh_count: 0 )\n"
            "4 | match: dstAddr: 10.0.10.0/32 | action: set_nh_index( cur_nh_offset: 4 "
            "cur_nh_count: 1 prv_nh_offset: 1 prv_nh_count: 0 )\n"
            "5 | match: dstAddr: 10.0.10.0/32 port: 80 protocol: tcp | action: set_nh_index( "
            "cur_nh_offset: 5 cur_nh_count: 1 prv_nh_offset: 1 prv_nh_count: 0 )\n"
            "6 | match: dstAddr: 10.0.10.0/32 port: 443 protocol: tcp | action: set_nh_index( "
            "cur_nh_offset: 6 cur_nh_count: 1 prv_nh_offset: 1 prv_nh_count: 0 )\n");
}

TEST_F(ListingTest, WithDistinctOwnersShowsTheNewestPreviousOne) {
  start(kDistinctTable);
  install_with({kFirst});
  EXPECT_EQ(table(TableName::prv_nh),
            "| Table SwitchIngress.ecmper.prv_nh\n"
            "1 | match: nh_index: 0 | action: drop( )\n")
      << "nothing to remember yet";

  install_with({kSecond});
  EXPECT_EQ(listing().ipv4_lpm[0].current.count, 8u);
  EXPECT_EQ(listing().ipv4_lpm[0].previous.count, 8u);
  EXPECT_EQ(table(TableName::prv_nh),
            "| Table SwitchIngress.ecmper.prv_nh\n"
            "1 | match: nh_index: 0 | action: drop( )\n"
            "2 | match: nh_index: 1 | action: drop( )\n"
            "3 | match: nh_index: 2 | action: set_nexthop( nexthop: 10.0.0.1 )\n"
            "4 | match: nh_index: 3 | action: drop( )\n"
            "5 | match: nh_index: 4 | action: set_nexthop( nexthop: 10.0.0.1 )\n"
            "6 | match: nh_index: 5 | action: drop( )\n"
            "7 | match: nh_index: 6 | action: set_nexthop( nexthop: 10.0.0.1 )\n"
            "8 | match: nh_index: 7 | action: drop( )\n"
            "9 | match: nh_index: 8 | action: set_nexthop( nexthop: 10.0.0.1 )\n");

  install_with({}, {kSecond});
  EXPECT_EQ(listing().ipv4_lpm[0].current.count, 8u) << "does not shrink while history lives";
  install_with({}, {kFirst});
  EXPECT_EQ(listing().ipv4_lpm[0].current.count, 0u);
  EXPECT_EQ(listing().ipv4_lpm[0].previous.count, 8u);
}

TEST_F(ListingTest, Json) {
  start(kPaperTable);
  become({.pools = {}, .services = {}, .neighbours = {{server(1), neighbour("p1", 1)}}});
  install_with({kFirst, connected("10.0.10.0:53/udp")});
  EXPECT_EQ(Json::parse(to_json(listing(), std::nullopt)), Json::parse(R"({
    "generation": 2,
    "ipv4_lpm": [
      {"dstAddr": "10.0.10.0/32", "port": null, "protocol": null,
       "cur_nh_offset": 1, "cur_nh_count": 1, "prv_nh_offset": 1, "prv_nh_count": 0},
      {"dstAddr": "10.0.10.0/32", "port": 53, "protocol": "udp",
       "cur_nh_offset": 2, "cur_nh_count": 1, "prv_nh_offset": 1, "prv_nh_count": 0}],
    "cur_nh": [
      {"nh_index": 0, "action": "drop"},
      {"nh_index": 1, "action": "set_nexthop", "nexthop": "10.0.0.1"},
      {"nh_index": 2, "action": "set_nexthop", "nexthop": "0.0.0.0"}],
    "prv_nh": [{"nh_index": 0, "action": "drop"}],
    "neigh": [{"nh_addr": "10.0.0.1", "dstMac": "02:03:04:05:06:01", "port": 1}]})"));
  EXPECT_EQ(Json::parse(to_json(listing(), TableName::prv_nh)),
            Json::parse(R"({"generation": 2, "prv_nh": [{"nh_index": 0, "action": "drop"}]})"));
}

TEST_F(ListingTest, RoutesInstalledAndWaiting) {
  start(kPaperTable);
  install_with({kFirst, route("10.0.10.0:443/tcp", "10.0.0.2", 3)});
  controller_->add_route(connected("10.0.1.0/24"));
  controller_->remove_route(kFirst);
  EXPECT_EQ(routes_to_text(controller_->view()),
            "10.0.10.0/32 to 10.0.0.1\n"
            "10.0.10.0/32 tcp port 443 to 10.0.0.2 weight 3\n"
            "10.0.1.0/24 to connected (added by the next install)\n"
            "10.0.10.0/32 to 10.0.0.1 (deleted by the next install)\n");
  EXPECT_EQ(Json::parse(routes_to_json(controller_->view())), Json::parse(R"({
    "generation": 1, "routes": [
      {"prefix": "10.0.10.0/32", "port": null, "protocol": null, "nexthop": "10.0.0.1",
       "weight": 1, "state": "installed"},
      {"prefix": "10.0.10.0/32", "port": 443, "protocol": "tcp", "nexthop": "10.0.0.2",
       "weight": 3, "state": "installed"},
      {"prefix": "10.0.1.0/24", "port": null, "protocol": null, "nexthop": "connected",
       "weight": 1, "state": "add_queued"},
      {"prefix": "10.0.10.0/32", "port": null, "protocol": null, "nexthop": "10.0.0.1",
       "weight": 1, "state": "del_queued"}]})"));
}

TEST_F(ListingTest, ServicesOfOnePoolShowOneRange) {
  start(kPaperTable);
  Configuration wanted;
  wanted.pools["web"] = servers({1}, kPaperTable);
  wanted.services = {{service("10.0.10.0:80/tcp"), {"web"}},
                     {service("10.0.10.0:8000-8010/udp"), {"web"}}};
  ASSERT_TRUE(become(wanted).outcome.ok());
  EXPECT_EQ(table(TableName::ipv4_lpm),
            "| Table SwitchIngress.ecmper.ipv4_lpm\n"
            "1 | match: dstAddr: 10.0.10.0/32 port: 80 protocol: tcp | action: set_nh_index( "
            "cur_nh_offset: 1 cur_nh_count: 1 prv_nh_offset: 1 prv_nh_count: 0 )\n"
            "2 | match: dstAddr: 10.0.10.0/32 port: 8000-8010 protocol: udp | action: "
            "set_nh_index( cur_nh_offset: 1 cur_nh_count: 1 prv_nh_offset: 1 prv_nh_count: 0 )\n");
  EXPECT_EQ(listing().cur_nh.size(), 2u);
  const Json shown = Json::parse(to_json(listing(), TableName::ipv4_lpm));
  EXPECT_EQ(shown["ipv4_lpm"][1]["last_port"], 8010);
  EXPECT_FALSE(shown["ipv4_lpm"][0].contains("last_port"));
}

TEST_F(ListingTest, AServiceThatNothingRemembersIsNotShown) {
  start(kPaperTable);
  install_with({kFirst});
  install_with({}, {kFirst});
  EXPECT_EQ(listing().ipv4_lpm.size(), 1u) << "the previous table";
  install_with({});
  EXPECT_TRUE(listing().ipv4_lpm.empty());
}

}  // namespace
}  // namespace ricochet
