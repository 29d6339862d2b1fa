// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

namespace ricochet {

// A sink before another one. Of each level below error it lets so many lines a second through, and
// a burst at once; how many it left out it says in a line of the same level, at most once a second:
// "37 lines left out in 1 s". Errors always pass. The line comes with the next one of any level, or
// with flush() or the end.
class LogLimiter final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  struct Limit {
    double lines_per_second;
    double burst_lines;
  };

  LogLimiter(spdlog::sink_ptr inner, Limit limit, Clock clock = std::chrono::steady_clock::now);
  LogLimiter(const LogLimiter&) = delete;
  LogLimiter& operator=(const LogLimiter&) = delete;
  ~LogLimiter() override;

 protected:
  void sink_it_(const spdlog::details::log_msg& event) override;
  void flush_() override;
  void set_pattern_(const std::string& pattern) override { inner_->set_pattern(pattern); }
  void set_formatter_(std::unique_ptr<spdlog::formatter> formatter) override {
    inner_->set_formatter(std::move(formatter));
  }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Bucket {
    double lines;  // that may pass now
    Time filled;
    uint64_t left_out = 0;
    Time left_out_since;  // of the first of them
  };

  bool take(Bucket& bucket, Time now) const;
  void report(Time now, std::chrono::seconds not_before);

  spdlog::sink_ptr inner_;
  Limit limit_;
  Clock clock_;
  std::array<Bucket, spdlog::level::n_levels> buckets_;
};

}  // namespace ricochet
