// SPDX-License-Identifier: Apache-2.0
#include "api/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <httplib.h>

#include <sys/stat.h>
#include <sys/un.h>

#include <fstream>

#include "rest_fixture.h"
#include "util/fd.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const InternetAddress kAnyPort{.address = *Address::parse("127.0.0.1"), .port = 0};

class ServerTest : public RestTest {
 protected:
  void SetUp() override {
    start(kPaperTable);
    const ListenAddress addresses[] = {kAnyPort, SocketPath{socket_path()}};
    auto bound = ApiServer::bind(addresses);
    ASSERT_TRUE(bound) << bound.error().message;
    server_ = *std::move(bound);
    server_->start(*controller_, daemon_, [] { FAIL() << "the server ended by itself"; });
  }

  [[nodiscard]] std::string socket_path() const { return directory_ / "api.sock"; }
  [[nodiscard]] uint16_t port() const {
    return std::get<InternetAddress>(server_->addresses().front()).port;
  }
  [[nodiscard]] httplib::Client client() const { return httplib::Client("127.0.0.1", port()); }
  [[nodiscard]] httplib::Client unix_client() const {
    httplib::Client client(socket_path());
    client.set_address_family(AF_UNIX);
    return client;
  }

  // Sends the bytes as they are and returns all that comes back.
  [[nodiscard]] std::string exchange(const std::string& request) const {
    const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port());
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
  EXPECT_FALSE(state()->pools.empty());
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
  EXPECT_EQ(state()->configuration.pools.begin()->second.backends.size(), 16u);
}

TEST_F(ServerTest, RefusesAPortInUse) {
  const ListenAddress taken[] = {server_->addresses().front()};
  auto second = ApiServer::bind(taken);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message,
            fmt::format("cannot listen on 127.0.0.1:{}: Address already in use; choose another "
                        "--listen",
                        port()));
}

TEST_F(ServerTest, StopsAndFreesItsPort) {
  const std::vector<ListenAddress> addresses = server_->addresses();
  ASSERT_EQ(client().Get("/tables")->status, 200);
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(socket_path()));
  auto again = ApiServer::bind(addresses);
  EXPECT_TRUE(again) << again.error().message;
}

TEST_F(ServerTest, ChangesTheConfiguration) {
  auto http = client();
  auto made = http.Put("/v1/pools/web", kWebPool, "application/json");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->status, 200) << made->body;
  EXPECT_EQ(made->get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(made->get_header_value("ETag"), "\"1\"");
  EXPECT_EQ(http.Patch("/v1/pools/web?dry_run=true", R"({"buckets": 128})",
                       "application/merge-patch+json")
                ->status,
            200);
  EXPECT_EQ(http.Delete("/v1/pools/web", {{"If-Match", "\"7\""}})->status, 412);
  EXPECT_EQ(state()->configuration.pools.at("web").table.buckets, 64u);
  EXPECT_EQ(http.Delete("/v1/pools/web", {{"If-Match", "\"1\""}})->status, 200);
  EXPECT_EQ(http.Post("/v1/pools")->get_header_value("Allow"), "GET, HEAD");
  auto head = http.Head("/v1/pools");
  EXPECT_EQ(head->status, 200);
  EXPECT_TRUE(head->body.empty());
}

TEST_F(ServerTest, TakesAnEncodedSlash) {
  auto http = client();
  ASSERT_EQ(http.Put("/v1/pools/web", "{}", "application/json")->status, 200);
  EXPECT_EQ(http.Put("/v1/services/10.0.1.0%2F24", R"({"pool":"web"})", "application/json")->status,
            200);
  EXPECT_EQ(http.Get("/v1/services/10.0.1.0/24")->status, 200);
}

TEST_F(ServerTest, ReadsABodyOfTheSizeThatItSaysAndNoMore) {
  const std::string head = "PUT /v1/pools/web HTTP/1.1\r\nContent-Type: application/json\r\n";
  EXPECT_THAT(exchange(head + "\r\n"), StartsWith("HTTP/1.1 411"));
  EXPECT_THAT(exchange(head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 411"));
  EXPECT_THAT(exchange(head + "Content-Length: 17000000\r\n\r\n"), StartsWith("HTTP/1.1 413"));
  EXPECT_TRUE(state()->configuration.pools.empty());
  const std::string answer =
      exchange(head + "Content-Length: 2\r\n\r\n{}DELETE /v1/pools/web HTTP/1.1\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_TRUE(state()->configuration.pools.contains("web"));
}

TEST_F(ServerTest, TakesALargeBody) {
  std::string body = R"({"backends": {)";
  for (uint32_t number = 1; number <= 2000; ++number) {
    body += fmt::format("{}\"{}\": {{\"weight\": 1}}", number == 1 ? "" : ",",
                        server(number).to_string());
  }
  body += "}}" + std::string(1 << 20, ' ');
  auto made = client().Put("/v1/pools/web", body, "application/json");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->status, 200) << made->body;
  EXPECT_EQ(state()->configuration.pools.at("web").backends.size(), 2000u);
}

TEST_F(ServerTest, AnswersOnAUnixSocketOfItsOwner) {
  auto answer = unix_client().Put("/v1/pools/web", kWebPool, "application/json");
  ASSERT_TRUE(answer) << httplib::to_string(answer.error());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(client().Get("/v1/pools/web")->body, unix_client().Get("/v1/pools/web")->body);
  EXPECT_EQ(unix_client().Put("/install")->status, 200);
  struct stat found {};
  ASSERT_EQ(::stat(socket_path().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600u);
}

TEST_F(ServerTest, RefusesASocketInUse) {
  const ListenAddress taken[] = {SocketPath{socket_path()}};
  auto second = ApiServer::bind(taken);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another process listens there"));
  EXPECT_EQ(unix_client().Get("/tables")->status, 200) << "it is still there";
}

TEST_F(ServerTest, ReplacesTheSocketOfADaemonThatDied) {
  const std::string path = directory_ / "old.sock";
  {
    const Fd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    ASSERT_EQ(::bind(dead.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(path));
  const ListenAddress stale[] = {SocketPath{path}};
  auto bound = ApiServer::bind(stale);
  EXPECT_TRUE(bound) << bound.error().message;
}

TEST_F(ServerTest, ListensOnIpv6) {
  const ListenAddress loopback[] = {*parse_listen_address("[::1]:0")};
  auto bound = ApiServer::bind(loopback);
  if (!bound) GTEST_SKIP() << "this machine has no IPv6: " << bound.error().message;
  (*bound)->start(*controller_, daemon_, [] { FAIL() << "the server ended by itself"; });
  const auto address = std::get<InternetAddress>((*bound)->addresses().front());
  httplib::Client http("::1", address.port);
  auto shown = http.Get("/v1/services");
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->status, 200);
}

TEST_F(ServerTest, LeavesAFileThatIsNoSocketAlone) {
  const std::string path = directory_ / "file";
  std::ofstream(path) << "mine";
  const ListenAddress file[] = {SocketPath{path}};
  EXPECT_FALSE(ApiServer::bind(file));
  EXPECT_TRUE(std::filesystem::is_regular_file(path));
}

TEST(ListenAddress, IsStrict) {
  EXPECT_EQ(to_string(*parse_listen_address("127.0.0.1:5000")), "127.0.0.1:5000");
  EXPECT_EQ(to_string(*parse_listen_address("unix:/run/x.sock")), "unix:/run/x.sock");
  EXPECT_EQ(std::get<InternetAddress>(*parse_listen_address("0.0.0.0:0")).port, 0);
  EXPECT_EQ(to_string(*parse_listen_address("[::1]:5000")), "[::1]:5000");
  EXPECT_EQ(to_string(*parse_listen_address("[::]:0")), "[::]:0");
  EXPECT_FALSE(parse_listen_address("unix:"));
  EXPECT_FALSE(parse_listen_address("unix:/" + std::string(107, 'a')));
  for (const char* text :
       {"", "127.0.0.1", "127.0.0.1:", ":5000", "localhost:5000", "127.0.0.1:65536",
        "127.0.0.1:5000x", "127.0.0.1:-1", "5000", "::1:5000", "[::1]", "[::1]:"}) {
    EXPECT_FALSE(parse_listen_address(text)) << text;
  }
}

}  // namespace
}  // namespace ricochet
