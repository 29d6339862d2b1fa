// SPDX-License-Identifier: Apache-2.0
#include "dataplane/state_dir.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/statfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace ricochet {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kLinkPrefix = "link_";
// What a state directory may hold beside its pins.
constexpr std::array<std::string_view, 5> kFiles = {"generations.db", "generations.db-wal",
                                                    "generations.db-shm", "lock", "capture.lock"};

bool is_bpffs(const fs::path& path) {
  struct statfs info {};
  return ::statfs(path.c_str(), &info) == 0 && info.f_type == BPF_FS_MAGIC;
}

// The mounts that this directory made are its own: a bpffs below another bpffs is not.
bool is_bpffs_mount(const fs::path& path) {
  return is_bpffs(path) && !is_bpffs(path.parent_path());
}

// bpffs refuses names with a dot (eth0.100 has one), and no interface's name has a colon.
std::string swapped(std::string name, char from, char to) {
  std::ranges::replace(name, from, to);
  return name;
}

}  // namespace

Result<StateDir> StateDir::create(const fs::path& dir) {
  std::error_code failure;
  const fs::path absolute = fs::absolute(dir, failure);
  StateDir state(absolute);
  fs::create_directories(state.pins(), failure);
  if (failure) {
    return error("cannot create {}: {}. Choose another --state", state.pins().string(),
                 failure.message());
  }
  if (!is_bpffs(state.pins()) && ::mount("bpf", state.pins().c_str(), "bpf", 0, "mode=0700") != 0) {
    return error("cannot mount a bpffs at {}: {}. Run as root, outside of `ip netns exec`",
                 state.pins().string(), std::strerror(errno));
  }
  return state;
}

Result<StateDir> StateDir::open(const fs::path& dir) {
  std::error_code failure;
  StateDir state(fs::absolute(dir, failure));
  if (!is_bpffs(state.pins())) {
    return error("{} is not the state of a router or agent: give the --state that it runs with",
                 state.path().string());
  }
  return state;
}

fs::path StateDir::link_pin(std::string_view interface) const {
  return pins() / swapped(std::string(kLinkPrefix) + std::string(interface), '.', ':');
}

Result<void> StateDir::begin_pins() const {
  abandon_pins();
  std::error_code failure;
  fs::create_directory(new_pin(""), failure);
  if (failure) return error("cannot create {}: {}", new_pin("").string(), failure.message());
  return {};
}

Result<void> StateDir::commit_pins() const {
  const fs::path from = new_pin("").parent_path();
  const fs::path to = pin("").parent_path();
  std::error_code ignored;
  const unsigned how = fs::exists(to, ignored) ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), how) != 0) {
    return error("cannot put {} in the place of {}: {}", from.string(), to.string(),
                 std::strerror(errno));
  }
  abandon_pins();
  return {};
}

void StateDir::abandon_pins() const {
  std::error_code ignored;
  fs::remove_all(new_pin("").parent_path(), ignored);
}

std::vector<std::string> StateDir::linked_interfaces() const {
  std::error_code failure;
  std::vector<std::string> names;
  for (fs::directory_iterator it(pins(), failure), end; !failure && it != end;
       it.increment(failure)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(kLinkPrefix)) continue;
    names.push_back(swapped(name.substr(kLinkPrefix.size()), ':', '.'));
  }
  std::ranges::sort(names);
  return names;
}

Result<std::vector<std::string>> StateDir::detach() const {
  std::vector<std::string> interfaces = linked_interfaces();
  for (const std::string& interface : interfaces) {
    std::error_code failure;
    fs::remove(link_pin(interface), failure);
    if (failure) {
      return error("cannot remove {}: {}", link_pin(interface).string(), failure.message());
    }
  }
  return interfaces;
}

bool StateDir::has_pins() const {
  // The kernel may put files of its own into a fresh bpffs; theirs are the only names with a dot.
  std::error_code failure;
  for (fs::directory_iterator it(pins(), failure), end; !failure && it != end;
       it.increment(failure)) {
    if (it->path().filename().string().find('.') == std::string::npos) return true;
  }
  return false;
}

Result<void> StateDir::remove_pins() const {
  if (!is_bpffs(pins())) return {};
  // Files with a dot are the kernel's own: no pin can have one.
  std::vector<fs::path> all;
  std::error_code failure;
  for (fs::directory_iterator it(pins(), failure), end; !failure && it != end;
       it.increment(failure)) {
    if (!it->path().has_extension()) all.push_back(it->path());
  }
  for (const fs::path& one : all) {
    if (!failure) fs::remove_all(one, failure);
  }
  if (failure) return error("cannot remove {}: {}", pins().string(), failure.message());
  return {};
}

Result<void> StateDir::unpin() const {
  if (auto removed = remove_pins(); !removed) return removed;
  std::error_code ignored;
  if (is_bpffs_mount(pins()) && ::umount2(pins().c_str(), MNT_DETACH) != 0) {
    return error("cannot unmount {}: {}", pins().string(), std::strerror(errno));
  }
  fs::remove(pins(), ignored);
  return {};
}

Result<void> StateDir::purge() const {
  std::error_code failure;
  if (auto unpinned = unpin(); !unpinned) return unpinned;
  // By name, and the directory only if nothing else is in it: a wrong --state must do no harm.
  for (const std::string_view name : kFiles) {
    fs::remove(path() / name, failure);
    if (failure) return error("cannot remove {}: {}", (path() / name).string(), failure.message());
  }
  fs::remove(path(), failure);
  if (failure && failure != std::errc::directory_not_empty) {
    return error("cannot remove {}: {}", path().string(), failure.message());
  }
  return {};
}

}  // namespace ricochet
