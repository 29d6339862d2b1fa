// SPDX-License-Identifier: Apache-2.0
#include "api/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <httplib.h>

#include "../control/controller_fixture.h"
#include "util/fd.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const ListenAddress kAnyPort{.address = *Ipv4Address::parse("127.0.0.1"), .port = 0};

class ServerTest : public ControllerTest {
 protected:
  void SetUp() override {
    start(kPaperSettings);
    auto bound = ApiServer::bind(kAnyPort);
    ASSERT_TRUE(bound) << bound.error().message;
    server_ = *std::move(bound);
    server_->start(*controller_, [] { FAIL() << "the server ended by itself"; });
  }

  [[nodiscard]] httplib::Client client() const {
    return httplib::Client("127.0.0.1", server_->address().port);
  }

  // Sends the bytes as they are and returns all that comes back.
  [[nodiscard]] std::string exchange(const std::string& request) const {
    const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->address().port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    std::string response;
    char buffer[4096];
    for (ssize_t bytes; (bytes = ::recv(socket.get(), buffer, sizeof(buffer), 0)) > 0;) {
      response.append(buffer, static_cast<size_t>(bytes));
    }
    return response;
  }

  std::unique_ptr<ApiServer> server_;
};

TEST_F(ServerTest, TakesThePapersRequests) {
  auto http = client();
  auto added = http.Put("/add/10.0.10.0/32/10.0.0.1");
  ASSERT_TRUE(added);
  EXPECT_EQ(added->status, 200);
  EXPECT_EQ(added->body, "Route: 10.0.10.0/32 to 10.0.0.1 enqueued");
  EXPECT_EQ(added->get_header_value("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(http.Put("/install")->status, 200);
  EXPECT_THAT(http.Get("/tables/cur_nh")->body, HasSubstr("nexthop: 10.0.0.1"));
  EXPECT_THAT(http.Get("/tables", {{"Accept", "application/json"}})->body, StartsWith("{"));
}

TEST_F(ServerTest, DecodesTheRequest) {
  auto http = client();
  EXPECT_EQ(http.Put("/add/10.0.10.0/32/10.0.0.1?port=80&protocol=%74cp&weight=2")->status, 200);
  EXPECT_EQ(http.Put("/neigh/add/10.0.0.1/1/02%3A03%3A04%3A05%3A06%3A01")->status, 200);
  EXPECT_EQ(http.Put("/add/10.0.10.0%2F32/10.0.0.2")->status, 200) << "a slash is a slash";
  EXPECT_THAT(http.Get("/routes")->body, HasSubstr("tcp port 80 to 10.0.0.1 weight 2"));
}

TEST_F(ServerTest, RefusesWithTheStatusOfTheReason) {
  auto http = client();
  EXPECT_EQ(http.Put("/add/10.0.10.0/33/10.0.0.1")->status, 400);
  EXPECT_EQ(http.Get("/nowhere")->status, 404);
  auto wrong_method = http.Get("/install");
  EXPECT_EQ(wrong_method->status, 405);
  EXPECT_EQ(wrong_method->get_header_value("Allow"), "PUT");
  EXPECT_EQ(http.Post("/install")->status, 405);
}

// Some clients send no Content-Length with a PUT, and nothing after it.
TEST_F(ServerTest, DoesNotWaitForABody) {
  EXPECT_THAT(exchange("PUT /install HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(exchange("PUT /install HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(exchange("PUT /install HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

// A body is not read, so it must not be taken for the next request either.
TEST_F(ServerTest, DoesNotCarryOutABody) {
  ASSERT_TRUE(install_with({route("10.0.10.0", "10.0.0.1")}).ok());
  const std::string body = "PUT /clear HTTP/1.1\r\n\r\n";
  const std::string answer = exchange(
      fmt::format("PUT /install HTTP/1.1\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_FALSE(controller_->snapshot().state.pools.empty());
}

TEST_F(ServerTest, SurvivesWhatIsNotHttp) {
  EXPECT_THAT(exchange("hello\r\n\r\n"), HasSubstr("400"));
  EXPECT_THAT(exchange("PUT\r\n\r\n"), HasSubstr("400"));
  EXPECT_THAT(exchange("PUT /" + std::string(10000, 'a') + " HTTP/1.1\r\n\r\n"), HasSubstr("414"));
  EXPECT_EQ(client().Get("/tables")->status, 200);
}

TEST_F(ServerTest, AnswersManyAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> done = 0;
  for (int index = 0; index < 16; ++index) {
    threads.emplace_back([&, index] {
      const auto added = client().Put(fmt::format("/add/10.0.10.0/32/10.0.0.{}", index + 1));
      const auto listed = client().Get("/tables");
      if (added && added->status == 200 && listed && listed->status == 200) ++done;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, 16);
  EXPECT_TRUE(controller_->install().ok());
  EXPECT_EQ(services_of(controller_->snapshot().state).begin()->second.backends.size(), 16u);
}

TEST_F(ServerTest, RefusesAPortInUse) {
  auto second = ApiServer::bind(server_->address());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message,
            fmt::format("cannot listen on 127.0.0.1:{}: Address already in use; choose another "
                        "--listen",
                        server_->address().port));
}

TEST_F(ServerTest, StopsAndFreesItsPort) {
  const ListenAddress address = server_->address();
  ASSERT_EQ(client().Get("/tables")->status, 200);
  server_.reset();
  auto again = ApiServer::bind(address);
  EXPECT_TRUE(again) << again.error().message;
}

TEST(ListenAddress, IsStrict) {
  EXPECT_EQ(ListenAddress::parse("127.0.0.1:5000")->to_string(), "127.0.0.1:5000");
  EXPECT_EQ(ListenAddress::parse("0.0.0.0:0")->port, 0);
  for (const char* text : {"", "127.0.0.1", "127.0.0.1:", ":5000", "localhost:5000",
                           "127.0.0.1:65536", "127.0.0.1:5000x", "127.0.0.1:-1", "5000"}) {
    EXPECT_FALSE(ListenAddress::parse(text)) << text;
  }
}

}  // namespace
}  // namespace ricochet
