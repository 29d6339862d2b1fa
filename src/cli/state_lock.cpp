// SPDX-License-Identifier: Apache-2.0
#include "cli/state_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace ricochet {
namespace {

// Of the whole file, owned by the open file, which the kernel closes with the process.
struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string read_holder(const Fd& file) {
  char text[16] = {};
  const ssize_t bytes = ::pread(file.get(), text, sizeof(text) - 1, 0);
  return bytes > 0 ? std::string(text, static_cast<size_t>(bytes)) : "unknown";
}

void write_holder(const Fd& file) {
  const std::string text = std::to_string(::getpid());
  // Only for the message to a second daemon, so a failure does not matter.
  if (::ftruncate(file.get(), 0) == 0) {
    static_cast<void>(::pwrite(file.get(), text.data(), text.size(), 0) >= 0);
  }
}

}  // namespace

Result<StateLock> StateLock::acquire(const std::filesystem::path& state_dir) {
  std::error_code failure;
  std::filesystem::create_directories(state_dir, failure);
  if (failure) {
    return error("cannot create the state directory {}: {}", state_dir.string(), failure.message());
  }
  const std::filesystem::path path = state_dir / "lock";
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) return error("cannot open {}: {}", path.string(), std::strerror(errno));
  const struct flock lock = whole_file();
  if (::fcntl(file.get(), F_OFD_SETLK, &lock) != 0) {
    if (errno != EAGAIN && errno != EACCES)
      return error("cannot lock {}: {}", path.string(), std::strerror(errno));
    return error("{} is in use by process {}: stop that one first, or give another --state",
                 state_dir.string(), read_holder(file));
  }
  write_holder(file);
  return StateLock(std::move(file));
}

std::optional<std::string> StateLock::holder(const std::filesystem::path& state_dir) {
  const Fd file(::open((state_dir / "lock").c_str(), O_RDONLY | O_CLOEXEC));
  struct flock lock = whole_file();  // asked for, not taken: a daemon may be starting just now
  if (!file.valid() || ::fcntl(file.get(), F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) {
    return std::nullopt;
  }
  return read_holder(file);
}

}  // namespace ricochet
