// SPDX-License-Identifier: Apache-2.0
#include "fake_router.h"

namespace ricochet {

FakeRouter::FakeRouter() {
  api_ = "http://127.0.0.1:" + std::to_string(server_.bind_to_any_port("127.0.0.1"));
  start();
}

FakeRouter::FakeRouter(const std::string& socket_path) : api_("unix:" + socket_path) {
  constexpr int kNoPort = 80;
  server_.set_address_family(AF_UNIX);
  server_.bind_to_port(socket_path, kNoPort);
  start();
}

FakeRouter::~FakeRouter() {
  server_.stop();
  thread_.join();
}

void FakeRouter::start() {
  const auto respond_to = [this](const httplib::Request& request, httplib::Response& response) {
    respond(request, response);
  };
  server_.Get(".*", respond_to);
  server_.Put(".*", respond_to);
  server_.Patch(".*", respond_to);
  server_.Delete(".*", respond_to);
  thread_ = std::thread([this] { server_.listen_after_bind(); });
  while (!server_.is_running()) std::this_thread::yield();  // stop() would be lost before
}

void FakeRouter::respond(const httplib::Request& request, httplib::Response& response) {
  const std::lock_guard lock(mutex_);
  asked_.push_back({.method = request.method,
                    .target = request.target,
                    .body = request.body.empty() ? Json() : Json::parse(request.body),
                    .headers = request.headers});
  const auto found = answers_.find(request.method + " " + request.target);
  if (found == answers_.end()) {
    response.status = 404;
    response.set_content(R"({"title":"Not Found","status":404,"detail":"no such thing"})",
                         "application/problem+json");
    return;
  }
  response.status = found->second.first;
  response.set_content(found->second.second, "application/json");
}

void FakeRouter::answer(const std::string& request, const Json& body, int status) {
  answer_text(request, body.dump(), status);
}

void FakeRouter::answer_text(const std::string& request, const std::string& body, int status) {
  const std::lock_guard lock(mutex_);
  answers_[request] = {status, body};
}

RunResult FakeRouter::run(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--api", api_});
  return run_program(arguments);
}

std::vector<FakeRouter::Asked> FakeRouter::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

FakeRouter::Json changed(std::vector<std::string> difference) {
  return {{"generation", 8},
          {"changed", true},
          {"dry_run", false},
          {"message", "Generation 8"},
          {"difference", std::move(difference)},
          {"cost", {{"buckets_moved", 21845}, {"owners_evicted", 3}}},
          {"pools", {{"web", {{"buckets_moved", 21845}, {"owners_evicted", 3}}}}},
          {"warnings", FakeRouter::Json::array()}};
}

}  // namespace ricochet
