// SPDX-License-Identifier: Apache-2.0
//
// A router that dies at each single write of its store, by a kill and by a power cut, comes back
// with everything that it was told is kept: its last generation and the whole history.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "faulty_vfs.h"
#include "recorded_router.h"
#include "temporary_directory.h"

namespace ricochet {
namespace {

namespace fs = std::filesystem;

constexpr size_t kGenerations = 12;

// What each run does: the store is made, changed and opened again, with snapshots between.
class Script {
 public:
  Script() {
    RecordedRouter router(20);
    states_.push_back(router.state());
    for (size_t number = 1; number <= kGenerations; ++number) {
      router.advance();
      states_.push_back(router.state());
    }
    log_ = router.log();
  }

  // Tells of each generation that the store has taken.
  void run(const fs::path& path, const std::function<void(uint64_t)>& acknowledge) const {
    for (const bool first_half : {true, false}) {
      GenerationStore store = open_store(path);
      const RouterState loaded = *store.load();
      const size_t begin = loaded.generation;
      const size_t end = first_half ? kGenerations / 2 : kGenerations;
      for (size_t index = begin; index < end; ++index) {
        if (!store.append(log_[index])) throw std::runtime_error("append");
        acknowledge(index + 1);
        if (index % 4 == 3 && !store.save_snapshot(states_[index + 1])) {
          throw std::runtime_error("snapshot");
        }
      }
    }
  }

  // The store must have these, or one more that was not acknowledged any more.
  void expect_kept(const fs::path& path, uint64_t acknowledged) const {
    auto store = GenerationStore::open(path, kSeed);
    ASSERT_TRUE(store) << store.error().message;
    auto loaded = store->load();
    ASSERT_TRUE(loaded) << loaded.error().message;
    const uint64_t last = loaded->generation;
    ASSERT_GE(last, acknowledged);
    ASSERT_LE(last, acknowledged + 1);
    ASSERT_LT(last, states_.size());
    expect_same_state(*loaded, states_[last]);
    auto log = store->log(UINT64_MAX);
    ASSERT_TRUE(log) << log.error().message;
    EXPECT_EQ(*log,
              std::vector<Generation>(log_.rend() - static_cast<ptrdiff_t>(last), log_.rend()));
    if (last < log_.size()) {
      EXPECT_TRUE(store->append(log_[last])) << "and it goes on from there";
    }
  }

 private:
  std::vector<Generation> log_;
  std::vector<RouterState> states_;  // by number of generation
};

// Runs the script in a process that is killed before its write number `fatal`. Returns the last
// generation that it acknowledged; `finished`: it got through.
uint64_t run_and_kill(const Script& script, const fs::path& path, uint64_t fatal, bool& finished) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) throw std::runtime_error("pipe");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) {
    uint64_t writes = 0;
    const FaultyVfs vfs([&](const FileOperation&) {
      if (writes++ == fatal) ::raise(SIGKILL);
    });
    try {
      script.run(path, [&](uint64_t number) {
        if (::write(pipe_ends[1], &number, sizeof number) != sizeof number) ::_exit(1);
      });
    } catch (const std::exception&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(pipe_ends[1]);
  uint64_t acknowledged = 0;
  for (uint64_t number; ::read(pipe_ends[0], &number, sizeof number) == sizeof number;) {
    acknowledged = number;
  }
  ::close(pipe_ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  finished = WIFEXITED(status);
  EXPECT_TRUE(finished ? WEXITSTATUS(status) == 0 : WTERMSIG(status) == SIGKILL);
  return acknowledged;
}

TEST(StoreFaultTest, KilledAtEveryWriteItKeepsWhatItAcknowledged) {
  const Script script;
  bool finished = false;
  uint64_t fatal = 0;
  for (; !finished; ++fatal) {
    SCOPED_TRACE(fmt::format("killed at write {}", fatal));
    TemporaryDirectory directory;
    const fs::path path = directory / "generations.db";
    const uint64_t acknowledged = run_and_kill(script, path, fatal, finished);
    script.expect_kept(path, acknowledged);
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(fatal, 5 * kGenerations) << "else there were too few writes to die at";
}

TEST(StoreFaultTest, APowerCutAtEveryWriteLosesNothingAcknowledged) {
  using Fate = PoweredDisk::Fate;
  const Script script;
  TemporaryDirectory directory;
  PoweredDisk disk;
  uint64_t acknowledged = 0;
  uint64_t cuts = 0;
  const auto cut_power = [&](Fate fate) {
    TemporaryDirectory remains;
    disk.save(remains.path().string(), fate);
    script.expect_kept(remains / "generations.db", acknowledged);
    ++cuts;
  };

  // What is found after the cut is read by the usual file system, so the writes come first.
  std::vector<std::pair<FileOperation, uint64_t>> writes;  // and what was acknowledged before
  {
    const FaultyVfs vfs(
        [&](const FileOperation& operation) { writes.emplace_back(operation, acknowledged); });
    script.run(directory / "generations.db", [&](uint64_t number) { acknowledged = number; });
  }
  for (const auto& [operation, acknowledged_before] : writes) {
    SCOPED_TRACE(fmt::format("cut {}", cuts));
    acknowledged = acknowledged_before;
    for (const Fate fate :
         {Fate::all_lost, Fate::all_kept, Fate::last_torn, Fate::every_second_lost}) {
      cut_power(fate);
    }
    ASSERT_FALSE(HasFailure());
    disk.apply(operation);
  }
  EXPECT_GT(cuts, 20 * kGenerations);
}

}  // namespace
}  // namespace ricochet
