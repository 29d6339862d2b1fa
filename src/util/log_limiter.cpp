// SPDX-License-Identifier: Apache-2.0
#include "util/log_limiter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "util/log_format.h"

namespace ricochet {
namespace {

constexpr std::chrono::seconds kReportInterval{1};

}  // namespace

LogLimiter::LogLimiter(spdlog::sink_ptr inner, Limit limit, Clock clock)
    : inner_(std::move(inner)), limit_(limit), clock_(std::move(clock)) {
  buckets_.fill({.lines = limit.burst_lines, .filled = clock_(), .left_out_since = {}});
}

LogLimiter::~LogLimiter() {
  report(clock_(), std::chrono::seconds(0));
}

void LogLimiter::sink_it_(const spdlog::details::log_msg& event) {
  const Time now = clock_();
  report(now, kReportInterval);
  Bucket& bucket = buckets_.at(static_cast<size_t>(event.level));
  if (event.level >= spdlog::level::err || take(bucket, now)) {
    inner_->log(event);
  } else if (bucket.left_out++ == 0) {
    bucket.left_out_since = now;
  }
}

void LogLimiter::flush_() {
  report(clock_(), std::chrono::seconds(0));
  inner_->flush();
}

bool LogLimiter::take(Bucket& bucket, Time now) const {
  const double seconds = std::chrono::duration<double>(now - bucket.filled).count();
  bucket.lines = std::min(limit_.burst_lines, bucket.lines + seconds * limit_.lines_per_second);
  bucket.filled = now;
  if (bucket.lines < 1) return false;
  bucket.lines -= 1;
  return true;
}

void LogLimiter::report(Time now, std::chrono::seconds not_before) {
  for (size_t level = 0; level < buckets_.size(); ++level) {
    Bucket& bucket = buckets_[level];
    const auto age = now - bucket.left_out_since;
    if (bucket.left_out == 0 || age < not_before) continue;
    const auto seconds = std::max(kReportInterval, std::chrono::ceil<std::chrono::seconds>(age));
    const LogFieldScope no_fields({});
    const std::string text = fmt::format("{} {} left out in {} s", bucket.left_out,
                                         bucket.left_out == 1 ? "line" : "lines", seconds.count());
    inner_->log({"", static_cast<spdlog::level::level_enum>(level), text});
    bucket.left_out = 0;
  }
}

}  // namespace ricochet
