// SPDX-License-Identifier: Apache-2.0
//
// A file system for SQLite that the tests can break: it passes everything on to the usual one, and
// tells of each write before it happens.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ricochet {

// What SQLite does to a file, in the order in which it does it.
struct FileOperation {
  enum class Kind { write, truncate, sync, remove };
  Kind kind;
  std::string path;
  int64_t offset = 0;      // of a write; the new size of a truncation
  std::string bytes = {};  // of a write
};

// While it lives, all new connections of this process use it. One at a time.
class FaultyVfs {
 public:
  using Observer = std::function<void(const FileOperation&)>;

  explicit FaultyVfs(Observer before_each);
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;
  ~FaultyVfs();
};

// A disk that forgets what was not synced when the power fails.
class PoweredDisk {
 public:
  // What becomes of writes since a file's last sync.
  enum class Fate { all_lost, all_kept, last_torn, every_second_lost };

  void apply(const FileOperation& operation);
  // Writes the files as they are found after a power cut into this directory.
  void save(const std::string& directory, Fate fate) const;

 private:
  struct File {
    std::string path;
    bool exists = true;
    std::string durable;                   // as of the last sync
    std::vector<FileOperation> volatile_;  // since then
  };
  File& file(const std::string& path);

  std::vector<File> files_;
};

}  // namespace ricochet
