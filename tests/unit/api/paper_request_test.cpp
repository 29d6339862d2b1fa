// SPDX-License-Identifier: Apache-2.0
#include "api/paper_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../control/values.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;

template <class T>
T parse_as(const char* method, const char* path, const Parameters& parameters = {}) {
  const auto parsed = parse_request(method, path, parameters);
  if (const auto* bad = std::get_if<BadRequest>(&parsed)) throw std::runtime_error(bad->message);
  return std::get<T>(std::get<Command>(parsed));
}

BadRequest refusal(const char* method, std::string_view path, const Parameters& parameters = {}) {
  const auto parsed = parse_request(method, path, parameters);
  const auto* bad = std::get_if<BadRequest>(&parsed);
  return bad ? *bad : BadRequest{0, "accepted"};
}

void expect_bad(std::string_view path, const char* reason, const Parameters& parameters = {}) {
  const BadRequest bad = refusal("PUT", path, parameters);
  EXPECT_EQ(bad.status, 400) << path;
  EXPECT_THAT(bad.message, HasSubstr(reason)) << path;
}

TEST(PaperRequest, Routes) {
  const Route added = parse_as<AddRoute>("PUT", "/add/10.0.10.0/32/10.0.0.1").route;
  EXPECT_EQ(added.service, service("10.0.10.0"));
  EXPECT_EQ(added.nexthop, server(1));
  EXPECT_EQ(added.weight, 1u);

  const Route connected_route = parse_as<DeleteRoute>("PUT", "/del/10.0.1.0/24/connected").route;
  EXPECT_EQ(connected_route.service, service("10.0.1.0/24"));
  EXPECT_EQ(connected_route.nexthop, std::nullopt);

  EXPECT_EQ(parse_as<AddRoute>("PUT", "/add/0.0.0.0/0/10.0.0.1").route.service,
            service("0.0.0.0/0"));
}

TEST(PaperRequest, RoutesByPortAndWeight) {
  const Route added = parse_as<AddRoute>("PUT", "/add/10.0.10.0/32/10.0.0.1",
                                         {{"port", "443"}, {"protocol", "udp"}, {"weight", "256"}})
                          .route;
  EXPECT_EQ(added.service, service("10.0.10.0:443/udp"));
  EXPECT_EQ(added.weight, 256u);

  EXPECT_EQ(parse_as<DeleteRoute>("PUT", "/del/10.0.10.0/32/10.0.0.1",
                                  {{"port", "65535"}, {"protocol", "tcp"}})
                .route.service,
            service("10.0.10.0:65535/tcp"));
}

TEST(PaperRequest, NeighboursAndTheRest) {
  const auto added = parse_as<AddNeighbour>("PUT", "/neigh/add/10.0.1.99/0/02:03:04:05:06:99");
  EXPECT_EQ(added.address, ip("10.0.1.99"));
  EXPECT_EQ(added.port, 0u);
  EXPECT_EQ(added.mac, MacAddress({2, 3, 4, 5, 6, 0x99}));
  EXPECT_EQ(parse_as<DeleteNeighbour>("PUT", "/neigh/del/10.0.0.1").address, server(1));
  parse_as<Install>("PUT", "/install");
  parse_as<Clear>("PUT", "/clear");
  EXPECT_EQ(parse_as<GetTables>("GET", "/tables").only, std::nullopt);
  EXPECT_EQ(parse_as<GetTables>("GET", "/tables/ipv4_lpm").only, TableName::ipv4_lpm);
  EXPECT_EQ(parse_as<GetTables>("GET", "/tables/cur_nh").only, TableName::cur_nh);
  EXPECT_EQ(parse_as<GetTables>("GET", "/tables/prv_nh").only, TableName::prv_nh);
  EXPECT_EQ(parse_as<GetTables>("HEAD", "/tables/neigh").only, TableName::neigh);
  parse_as<GetRoutes>("GET", "/routes");
}

TEST(PaperRequest, NumbersAndAddressesAreStrict) {
  for (const char* length : {"33", "-1", "1x", "x", "", " 32", "032", "4294967328", "32 "}) {
    expect_bad(fmt::format("/add/10.0.10.0/{}/10.0.0.1", length), "prefix length");
  }
  for (const char* port : {"65536", "-1", "1x", "", "01", "+1", "4294967296"}) {
    expect_bad(fmt::format("/neigh/add/10.0.0.1/{}/02:03:04:05:06:01", port), "port");
  }
  for (const char* mac : {"02:03:04:05:06", "02:03:04:05:06:0g", "020304050601",
                          "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", ""}) {
    EXPECT_EQ(refusal("PUT", fmt::format("/neigh/add/10.0.0.1/1/{}", mac)).status, 400) << mac;
  }
  expect_bad("/add/10.0.10.256/32/10.0.0.1", "10.0.10.256");
  expect_bad("/add/2001:db8::/129/10.0.0.1", "from 0 to 128");
  expect_bad("/add/10.0.10.1/24/10.0.0.1", "did you mean 10.0.10.0/24?");
  expect_bad("/add/10.0.10.0/32/10.0.0", "write an address, or 'connected'");
  expect_bad("/add/10.0.10.0/32/Connected", "write an address, or 'connected'");
  expect_bad("/neigh/del/", "not an IP address");
}

TEST(PaperRequest, ParametersAreStrict) {
  const char* path = "/add/10.0.10.0/32/10.0.0.1";
  expect_bad(path, "port and protocol go together", {{"port", "80"}});
  expect_bad(path, "port and protocol go together", {{"protocol", "tcp"}});
  expect_bad(path, "write tcp or udp", {{"port", "80"}, {"protocol", "sctp"}});
  expect_bad(path, "write tcp or udp", {{"port", "80"}, {"protocol", "any"}});
  for (const char* port : {"0", "65536", "80x", "-1", "", "080"}) {
    expect_bad(path, "from 1 to 65535", {{"port", port}, {"protocol", "tcp"}});
  }
  for (const char* weight : {"0", "257", "1.5", ""}) {
    expect_bad(path, "from 1 to 256", {{"weight", weight}});
  }
  expect_bad(path, "'port' is there twice", {{"port", "80"}, {"port", "80"}, {"protocol", "tcp"}});
  expect_bad(path, "'prot' is not known: this route takes port, protocol, weight",
             {{"prot", "tcp"}});
  expect_bad("/del/10.0.10.0/32/10.0.0.1", "'weight' is not known: this route takes port, protocol",
             {{"weight", "2"}});
  expect_bad("/install", "'now' is not known: this route takes none", {{"now", "1"}});
}

TEST(PaperRequest, UnknownRoutesAreNotFound) {
  for (const char* path :
       {"", "/", "/ad", "add", "//install", "/install/", "/tables/", "/neigh", "/add/10.0.10.0/32",
        "/add/10.0.10.0/32/10.0.0.1/80", "/tables/nh", "/neigh/get/10.0.0.1", "/INSTALL"}) {
    const BadRequest bad = refusal("GET", path);
    EXPECT_EQ(bad.status, 404) << path;
    EXPECT_THAT(bad.message, HasSubstr("PUT /add/<prefix>/<length>/<nexthop>"));
    EXPECT_THAT(bad.message, HasSubstr("GET /tables/prv_nh"));
  }
}

TEST(PaperRequest, WrongMethodsAreNamed) {
  const BadRequest get = refusal("GET", "/install");
  EXPECT_EQ(get.status, 405);
  EXPECT_EQ(get.allowed_method, "PUT");
  EXPECT_EQ(get.message, "/install takes PUT, not GET");
  EXPECT_EQ(refusal("HEAD", "/install").status, 405);
  EXPECT_EQ(refusal("POST", "/add/10.0.10.0/32/10.0.0.1").status, 405);
  EXPECT_EQ(refusal("PUT", "/tables").allowed_method, "GET");
}

}  // namespace
}  // namespace ricochet
