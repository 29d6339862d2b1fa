// SPDX-License-Identifier: Apache-2.0
#include "control/port_tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/limits.h"
#include "values.h"

namespace ricochet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Links = std::map<uint32_t, Link>;

Link make_link(uint32_t ifindex, const char* name, uint8_t last = 1) {
  Link link;
  link.ifindex = ifindex;
  link.name = name;
  link.mac = MacAddress({2, 0, 0, 0, 0, last});
  return link;
}

Links links(std::initializer_list<Link> all) {
  Links by_index;
  for (const Link& one : all) by_index[one.ifindex] = one;
  return by_index;
}

TEST(PortTracker, FindsPortsByName) {
  PortTracker tracker({{"p0"}, {"p1"}, {"p2"}});
  EXPECT_THAT(tracker.update(links({make_link(5, "p1"), make_link(6, "p0"), make_link(7, "eth0")})),
              ElementsAre(0, 1));
  EXPECT_EQ(tracker.interface(0)->ifindex, 6u);
  EXPECT_EQ(tracker.interface(1)->ifindex, 5u);
  EXPECT_FALSE(tracker.interface(2));
  EXPECT_THAT(tracker.update(links({make_link(5, "p1"), make_link(6, "p0")})), IsEmpty());
}

TEST(PortTracker, ARenamedInterfaceStaysItsPort) {
  PortTracker tracker({{"p0"}});
  tracker.update(links({make_link(5, "p0")}));
  EXPECT_THAT(tracker.update(links({make_link(5, "renamed")})), IsEmpty());
  EXPECT_EQ(tracker.interface(0)->ifindex, 5u);
  EXPECT_THAT(tracker.update(links({make_link(5, "renamed"), make_link(6, "p0")})), IsEmpty());
  EXPECT_EQ(tracker.interface(0)->ifindex, 5u);
  EXPECT_THAT(tracker.update(links({make_link(6, "p0")})), ElementsAre(0)) << "the first one went";
  EXPECT_EQ(tracker.interface(0)->ifindex, 6u);
}

TEST(PortTracker, AnInterfaceThatWasRenamedEarlierIsFoundByItsNumber) {
  PortTracker tracker({{"p0", 5}});
  EXPECT_THAT(tracker.update(links({make_link(5, "renamed"), make_link(6, "p0")})), ElementsAre(0));
  EXPECT_EQ(tracker.interface(0)->ifindex, 5u);
}

TEST(PortTracker, AnInterfaceOfOnePortIsNotAlsoAnother) {
  PortTracker tracker({{"p0"}, {"p1"}});
  tracker.update(links({make_link(5, "p0")}));
  EXPECT_THAT(tracker.update(links({make_link(5, "p1")})), IsEmpty());
  EXPECT_FALSE(tracker.interface(1));
}

TEST(PortTracker, PortsComeAndGoAndChangeTheirAddress) {
  PortTracker tracker({{"p0"}});
  EXPECT_THAT(tracker.update({}), IsEmpty());
  EXPECT_THAT(tracker.update(links({make_link(5, "p0")})), ElementsAre(0));
  EXPECT_THAT(tracker.update(links({make_link(5, "p0", 9)})), ElementsAre(0));
  EXPECT_EQ(tracker.interface(0)->mac, MacAddress({2, 0, 0, 0, 0, 9}));
  EXPECT_THAT(tracker.update({}), ElementsAre(0));
  EXPECT_FALSE(tracker.interface(0));
  EXPECT_THAT(tracker.update(links({make_link(8, "p0")})), ElementsAre(0)) << "made anew";
}

TEST(PortTracker, LearnsWhatIsBehindThePorts) {
  PortTracker tracker({{"p0"}, {"p1"}});
  NetworkView view;
  view.links = links({make_link(5, "p0"), make_link(6, "p1"), make_link(7, "eth0")});
  view.neighbours = {{{5, server(1)}, MacAddress({2, 3, 4, 5, 6, 1})},
                     {{6, server(1)}, MacAddress({2, 3, 4, 5, 6, 11})},
                     {{7, server(2)}, MacAddress({2, 3, 4, 5, 6, 2})}};
  tracker.update(view.links);
  EXPECT_EQ(tracker.learned(view, {}).neighbours, (Neighbours{{server(1), neighbour("p0", 1)}}));
  Prober::Places places;
  places.emplace(server(1), 6u);
  EXPECT_EQ(tracker.learned(view, places).neighbours,
            (Neighbours{{server(1), neighbour("p1", 11)}}))
      << "where the route leads";
}

TEST(PortTracker, LearnsNoMoreThanThereIsRoomForAndAllThatIsAskedFor) {
  PortTracker tracker({{"p0"}});
  NetworkView view;
  view.links = links({make_link(5, "p0")});
  tracker.update(view.links);
  Prober::Places places;
  const uint32_t strangers = kNeighboursMax + 2;
  for (uint32_t number = 1; number <= strangers + 2; ++number) {
    view.neighbours[{5, server(number)}] = MacAddress({2, 3, 4, 5, 6, 1});
    if (number > strangers) places.emplace(server(number), 5u);
  }
  const Neighbours learned = tracker.learned(view, places).neighbours;
  EXPECT_EQ(learned.size(), kNeighboursMax + 2);
  EXPECT_TRUE(learned.contains(server(kNeighboursMax)));
  EXPECT_FALSE(learned.contains(server(kNeighboursMax + 1)));
  EXPECT_TRUE(learned.contains(server(strangers + 1)));
  EXPECT_TRUE(learned.contains(server(strangers + 2)));
}

TEST(PortTracker, SaysWhyAnAddressIsNotFound) {
  PortTracker tracker({{"p0"}});
  NetworkView view;
  view.links = links({make_link(5, "p0"), make_link(7, "eth0")});
  tracker.update(view.links);
  Prober::Places places;
  places.emplace(server(1), 5u);
  places.emplace(server(2), 7u);
  places.emplace(server(3), error("there is no route to it"));
  const auto problems = tracker.learned(view, places).problems;
  EXPECT_EQ(problems.size(), 2u);
  EXPECT_THAT(problems.at(server(2)), HasSubstr("eth0, which is no port of this router"));
  EXPECT_EQ(problems.at(server(3)), "there is no route to it");
}

}  // namespace
}  // namespace ricochet
