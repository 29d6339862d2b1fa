// SPDX-License-Identifier: Apache-2.0
#include "api/paper_handler.h"

#include <gmock/gmock.h>

#include "../control/controller_fixture.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class PaperHandlerTest : public ControllerTest {
 protected:
  ApiResponse put(std::string path, Parameters parameters = {}) {
    return handle_paper(*controller_, {.method = "PUT",
                                       .target = path,
                                       .path = path,
                                       .parameters = std::move(parameters),
                                       .accept = "*/*"});
  }
  ApiResponse get(std::string path, std::string accept = "*/*") {
    return handle_paper(
        *controller_, {.method = "GET", .target = path, .path = path, .accept = std::move(accept)});
  }
};

TEST_F(PaperHandlerTest, ThePapersScriptsInOrder) {
  start(kPaperTable);
  EXPECT_EQ(put("/clear").status, 200);
  EXPECT_EQ(put("/neigh/add/10.0.0.1/1/02:03:04:05:06:01").status, 200);
  EXPECT_EQ(put("/neigh/add/10.0.1.99/0/02:03:04:05:06:99").status, 200);
  const ApiResponse queued = put("/add/10.0.10.0/32/10.0.0.1");
  EXPECT_EQ(queued.status, 200);
  EXPECT_EQ(queued.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(queued.body, "Route: 10.0.10.0/32 to 10.0.0.1 enqueued");
  EXPECT_EQ(put("/add/10.0.1.0/24/connected").status, 200);
  EXPECT_EQ(put("/install").status, 200);
  EXPECT_THAT(get("/tables").body, StartsWith("-------------------------------------\n"
                                              " Table SwitchIngress.ecmper.ipv4_lpm\n"));
  EXPECT_THAT(get("/tables/ipv4_lpm").body, StartsWith("| Table SwitchIngress.ecmper.ipv4_lpm\n"
                                                       "1 | match: dstAddr: 10.0.1.0/24 |"));
  EXPECT_EQ(put("/del/10.0.10.0/32/10.0.0.1").body, "Route: 10.0.10.0/32 to 10.0.0.1 enqueued");
  EXPECT_EQ(put("/neigh/del/10.0.1.99").status, 200);
  expect_consistent();
}

TEST_F(PaperHandlerTest, AnswersInTheFormThatIsAskedFor) {
  start(kDistinctTable);
  EXPECT_EQ(get("/tables", "application/json").content_type, "application/json");
  EXPECT_THAT(get("/tables/neigh", "application/json, */*;q=0.5").body, StartsWith("{"));
  EXPECT_EQ(get("/routes").content_type, "text/plain; charset=utf-8");
  EXPECT_THAT(get("/routes", "application/json").body, StartsWith("{\"generation\":0,"));
  EXPECT_EQ(get("/tables", "text/html").content_type, "text/plain; charset=utf-8");
}

TEST_F(PaperHandlerTest, NothingThatIsRefusedChangesAnything) {
  start(kDistinctTable);
  put("/neigh/add/10.0.0.1/1/02:03:04:05:06:01");
  put("/add/10.0.10.0/32/10.0.0.1");
  put("/install");
  put("/add/10.0.10.0/32/10.0.0.2");
  put("/del/10.0.10.0/32/10.0.0.1");
  const std::string tables = get("/tables").body;
  const std::string routes = get("/routes").body;
  const auto publishes = dataplane_.publishes;

  struct Case {
    const char* path;
    int status;
    Parameters parameters = {};
  };
  const Case cases[] = {
      {"/add/10.0.10.0/32/10.0.0.2", 400},
      {"/del/10.0.10.0/32/10.0.0.1", 400},
      {"/add/10.0.10.0/33/10.0.0.3", 400},
      {"/add/10.0.10.0/32/somewhere", 400},
      {"/add/10.0.10.0/32/0.0.0.0", 400},
      {"/add/10.0.10.0/32/224.0.0.1", 400},
      {"/add/10.0.1.0/24/10.0.0.3", 400, {{"port", "80"}, {"protocol", "tcp"}}},
      {"/add/10.0.10.0/32/10.0.0.3", 400, {{"weight", "0"}}},
      {"/neigh/add/10.0.0.2/5/02:03:04:05:06:02", 400},
      {"/neigh/add/10.0.0.2/x/02:03:04:05:06:02", 400},
      {"/neigh/add/10.0.0.2/1/03:03:04:05:06:02", 400},
      {"/neigh/add/10.0.0.1/99/02:03:04:05:06:01", 400},
      {"/neigh/del/10.0.0.2", 404},
      {"/nowhere", 404},
      {"/tables", 405},
      {"/install", 400, {{"force", "1"}}},
      {"/clear", 400, {{"force", "1"}}},
  };
  for (const Case& refused : cases) {
    const ApiResponse response = put(refused.path, refused.parameters);
    EXPECT_EQ(response.status, refused.status) << refused.path << ": " << response.body;
    EXPECT_FALSE(response.body.empty()) << refused.path;
    EXPECT_EQ(get("/tables").body, tables) << refused.path;
    EXPECT_EQ(get("/routes").body, routes) << refused.path;
    EXPECT_EQ(dataplane_.publishes, publishes) << refused.path;
  }
  EXPECT_EQ(get("/install").status, 405);
  EXPECT_EQ(get("/install").allow, "PUT");
  EXPECT_EQ(get("/routes").body, routes);
  expect_consistent();
}

TEST_F(PaperHandlerTest, AFailingDataPlaneIsTheServersFault) {
  start(kDistinctTable);
  put("/add/10.0.10.0/32/10.0.0.1");
  dataplane_.fail_after(0);
  const ApiResponse response = put("/install");
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, HasSubstr("recorded but not wholly in force"));
}

}  // namespace
}  // namespace ricochet
