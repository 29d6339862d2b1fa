// SPDX-License-Identifier: Apache-2.0
#include "faulty_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace ricochet {
namespace {

using Kind = FileOperation::Kind;

FaultyVfs::Observer observe;
sqlite3_vfs* usual = nullptr;

// SQLite allocates it; the usual file system's own file follows directly.
struct OpenFile {
  sqlite3_file base;
  const char* path;  // SQLite keeps it as long as the file is open; null: temporary

  sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

OpenFile* own(sqlite3_file* file) {
  return reinterpret_cast<OpenFile*>(file);
}

sqlite3_file* inner(sqlite3_file* file) {
  return own(file)->inner();
}

void tell(sqlite3_file* file, Kind kind, int64_t offset = 0, std::string bytes = {}) {
  if (own(file)->path) observe({kind, own(file)->path, offset, std::move(bytes)});
}

// Passes a call with these arguments on.
template <auto Method, class... Args>
int pass(sqlite3_file* file, Args... args) {
  return (inner(file)->pMethods->*Method)(inner(file), args...);
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  tell(file, Kind::write, offset, std::string(static_cast<const char*>(bytes), count));
  return pass<&sqlite3_io_methods::xWrite>(file, bytes, count, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  tell(file, Kind::truncate, size);
  return pass<&sqlite3_io_methods::xTruncate>(file, size);
}

int sync(sqlite3_file* file, int flags) {
  tell(file, Kind::sync);
  return pass<&sqlite3_io_methods::xSync>(file, flags);
}

void memory_barrier(sqlite3_file* file) {
  inner(file)->pMethods->xShmBarrier(inner(file));
}

// Version 2: with the shared memory of a write-ahead log, without mapped files.
const sqlite3_io_methods kMethods{
    .iVersion = 2,
    .xClose = pass<&sqlite3_io_methods::xClose>,
    .xRead = pass<&sqlite3_io_methods::xRead, void*, int, sqlite3_int64>,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = pass<&sqlite3_io_methods::xFileSize, sqlite3_int64*>,
    .xLock = pass<&sqlite3_io_methods::xLock, int>,
    .xUnlock = pass<&sqlite3_io_methods::xUnlock, int>,
    .xCheckReservedLock = pass<&sqlite3_io_methods::xCheckReservedLock, int*>,
    .xFileControl = pass<&sqlite3_io_methods::xFileControl, int, void*>,
    .xSectorSize = pass<&sqlite3_io_methods::xSectorSize>,
    .xDeviceCharacteristics = pass<&sqlite3_io_methods::xDeviceCharacteristics>,
    .xShmMap = pass<&sqlite3_io_methods::xShmMap, int, int, int, void volatile**>,
    .xShmLock = pass<&sqlite3_io_methods::xShmLock, int, int, int>,
    .xShmBarrier = memory_barrier,
    .xShmUnmap = pass<&sqlite3_io_methods::xShmUnmap, int>,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_file(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  own(file)->path = path;
  file->pMethods = nullptr;
  inner(file)->pMethods = nullptr;
  const int code = usual->xOpen(usual, path, inner(file), flags, out_flags);
  if (inner(file)->pMethods) file->pMethods = &kMethods;
  return code;
}

int remove_file(sqlite3_vfs*, const char* path, int sync_directory) {
  observe({Kind::remove, path});
  return usual->xDelete(usual, path, sync_directory);
}

sqlite3_vfs faulty;

void change(std::string& content, const FileOperation& operation) {
  const auto offset = static_cast<size_t>(operation.offset);
  if (operation.kind == Kind::truncate) {
    content.resize(offset);
    return;
  }
  content.resize(std::max(content.size(), offset + operation.bytes.size()));
  content.replace(offset, operation.bytes.size(), operation.bytes);
}

}  // namespace

FaultyVfs::FaultyVfs(Observer before_each) {
  if (usual) throw std::logic_error("one at a time");
  observe = std::move(before_each);
  usual = sqlite3_vfs_find(nullptr);
  faulty = *usual;  // what is not named below is passed on with the usual one's own data
  faulty.pNext = nullptr;
  faulty.zName = "faulty";
  faulty.szOsFile = static_cast<int>(sizeof(OpenFile)) + usual->szOsFile;
  faulty.xOpen = open_file;
  faulty.xDelete = remove_file;
  sqlite3_vfs_register(&faulty, 1);
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(&faulty);
  sqlite3_vfs_register(usual, 1);
  usual = nullptr;
}

PoweredDisk::File& PoweredDisk::file(const std::string& path) {
  const auto found = std::ranges::find(files_, path, &File::path);
  if (found != files_.end()) return *found;
  File added;
  added.path = path;
  return files_.emplace_back(std::move(added));
}

void PoweredDisk::apply(const FileOperation& operation) {
  File& changed = file(operation.path);
  switch (operation.kind) {
    case Kind::write:
    case Kind::truncate:
      changed.exists = true;
      changed.volatile_.push_back(operation);
      break;
    case Kind::sync:
      for (const FileOperation& each : changed.volatile_) change(changed.durable, each);
      changed.volatile_.clear();
      break;
    case Kind::remove:
      changed = {.path = changed.path, .exists = false, .durable = {}, .volatile_ = {}};
      break;
  }
}

void PoweredDisk::save(const std::string& directory, Fate fate) const {
  for (const File& file : files_) {
    if (!file.exists) continue;
    std::string content = file.durable;
    const size_t count = file.volatile_.size();
    for (size_t index = 0; index < count; ++index) {
      FileOperation operation = file.volatile_[index];
      if (fate == Fate::all_lost) break;
      if (fate == Fate::every_second_lost && index % 2 == 0) continue;
      if (fate == Fate::last_torn && index + 1 == count) {
        operation.bytes.resize(operation.bytes.size() / 2);
      }
      change(content, operation);
    }
    std::ofstream(std::filesystem::path(directory) / std::filesystem::path(file.path).filename(),
                  std::ios::binary)
        << content;
  }
}

}  // namespace ricochet
