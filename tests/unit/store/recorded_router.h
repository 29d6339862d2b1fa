// SPDX-License-Identifier: Apache-2.0
//
// A router in memory that remembers its whole log: what a store must come back with.
#pragma once

#include <filesystem>
#include <vector>

#include "../generation/random_log.h"
#include "store/generation_store.h"

namespace ricochet {

inline constexpr uint64_t kSeed = 42;

inline GenerationStore open_store(const std::filesystem::path& path) {
  auto store = GenerationStore::open(path, kSeed);
  if (!store) throw std::runtime_error(store.error().message);
  return *std::move(store);
}

class RecordedRouter {
 public:
  explicit RecordedRouter(uint32_t seed) : random_(seed) {}
  // With one generation that makes this configuration.
  explicit RecordedRouter(const Configuration& configuration) : random_(0) {
    advance_to(configuration);
  }

  const Generation& advance() { return record(random_.next(state_)); }
  const Generation& advance_to(const Configuration& configuration) {
    return record(next_generation(state_, configuration));
  }

  [[nodiscard]] const RouterState& state() const { return state_; }
  [[nodiscard]] const std::vector<Generation>& log() const { return log_; }

 private:
  const Generation& record(Generation generation) {
    state_ = fold_or_throw(state_, generation).state;
    log_.push_back(std::move(generation));
    return log_.back();
  }

  RandomLog random_;
  RouterState state_;
  std::vector<Generation> log_;
};

}  // namespace ricochet
