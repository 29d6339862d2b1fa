// SPDX-License-Identifier: Apache-2.0
#include "dataplane/tap.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include "dataplane/bpf_map.h"
#include "dataplane/pinned_maps.h"
#include "dataplane/state_dir.h"
#include "dataplane/xdp_links.h"
#include "util/fd.h"

namespace ricochet {
namespace {

namespace fs = std::filesystem;

struct RingBufferDeleter {
  void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

Error failed_to(std::string_view what) {
  return error("cannot {}: {}", what, strerror(errno));
}

// Of the router's or the agent's program, told by whose counters lie beside the tap.
Result<bool> is_router(const StateDir& state) {
  const Fd router(bpf_obj_get(state.pin("router_counters").c_str()));
  if (router.valid()) return true;
  const Fd agent(bpf_obj_get(state.pin("agent_counters").c_str()));
  if (agent.valid()) return false;
  return error("cannot read the pins in {}: {}. Run as root, with the --state of the daemon",
               state.pins().string(), strerror(errno));
}

// The kernel drops the lock with the process, however that ends.
Result<Fd> lock(const fs::path& file) {
  Fd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid()) return failed_to("open " + file.string());
  if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno != EWOULDBLOCK) return failed_to("lock " + file.string());
  return error("another capture is running there ({} is locked): end that one first",
               file.string());
}

class PinnedTap final : public Tap {
 public:
  static Result<std::unique_ptr<Tap>> open(const fs::path& state_dir);
  ~PinnedTap() override { disable(); }

  [[nodiscard]] bool of_router() const override { return of_router_; }
  [[nodiscard]] std::string interface_name(uint32_t ifindex) const override {
    const auto found = interface_names_.find(ifindex);
    return found == interface_names_.end() ? fmt::format("if{}", ifindex) : found->second;
  }

  Result<void> enable(const rch_tap_filter& filter) override;
  void disable() override;
  Result<void> poll(int timeout_ms, const Handler& handler) override;
  [[nodiscard]] uint64_t lost() const override { return lost_ever() - lost_before_; }

 private:
  PinnedTap() = default;
  static int on_record(void* context, void* data, size_t bytes);
  Result<void> write_filter(const rch_tap_filter& filter);
  [[nodiscard]] uint64_t lost_ever() const;

  Fd lock_;
  Fd filter_map_;
  Fd ring_map_;
  Fd lost_map_;
  std::unique_ptr<ring_buffer, RingBufferDeleter> ring_;
  bool of_router_ = false;
  std::map<uint32_t, std::string> interface_names_;
  uint64_t lost_before_ = 0;
  const Handler* handler_ = nullptr;  // of the poll that runs
};

Result<std::unique_ptr<Tap>> PinnedTap::open(const fs::path& state_dir) {
  const auto state = StateDir::open(state_dir);
  if (!state) return state.error();
  const auto router = is_router(*state);
  if (!router) return router.error();
  auto filter_map =
      open_pinned_map(state->pin("tap_filter"), BPF_MAP_TYPE_ARRAY, sizeof(rch_tap_filter));
  if (!filter_map) return filter_map.error();
  auto ring_map = open_pinned_map(state->pin("tap_ring"), BPF_MAP_TYPE_RINGBUF, 0);
  if (!ring_map) return ring_map.error();
  auto lost_map =
      open_pinned_map(state->pin("tap_lost"), BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(uint64_t));
  if (!lost_map) return lost_map.error();
  auto locked = lock(state->path() / "capture.lock");
  if (!locked) return locked.error();

  std::unique_ptr<PinnedTap> tap(new PinnedTap);
  tap->ring_.reset(ring_buffer__new(ring_map->get(), &PinnedTap::on_record, tap.get(), nullptr));
  if (!tap->ring_) return failed_to("map the tap's ring buffer");
  tap->lock_ = *std::move(locked);
  tap->filter_map_ = *std::move(filter_map);
  tap->ring_map_ = *std::move(ring_map);
  tap->lost_map_ = *std::move(lost_map);
  tap->of_router_ = *router;
  auto names = find_linked(*state);
  if (!names) return names.error();
  tap->interface_names_ = *std::move(names);
  return std::unique_ptr<Tap>(std::move(tap));
}

Result<void> PinnedTap::enable(const rch_tap_filter& filter) {
  // Off first: a capture that was killed left the tap on, and records that nobody asked for now.
  rch_tap_filter wanted = filter;
  wanted.enabled = 0;
  if (auto written = write_filter(wanted); !written) return written;
  const Handler forget = [](const rch_tap_record&, std::span<const uint8_t>) { return true; };
  if (auto polled = poll(0, forget); !polled) return polled;
  lost_before_ = lost_ever();
  // The ends are in place already: no packet is judged by half a filter.
  wanted.enabled = 1;
  return write_filter(wanted);
}

void PinnedTap::disable() {
  // Nobody could do anything about a failure; the map is an array and takes any value.
  (void)write_filter({});
}

Result<void> PinnedTap::poll(int timeout_ms, const Handler& handler) {
  handler_ = &handler;
  const int status = ring_buffer__poll(ring_.get(), timeout_ms);
  handler_ = nullptr;
  if (status >= 0 || status == -EINTR || status == -ECANCELED) return {};
  return error("cannot read the tap's ring buffer: {}", strerror(-status));
}

int PinnedTap::on_record(void* context, void* data, size_t bytes) {
  const auto* tap = static_cast<PinnedTap*>(context);
  rch_tap_record record;
  if (bytes < sizeof(record)) return 0;
  std::memcpy(&record, data, sizeof(record));
  if (record.captured_bytes > bytes - sizeof(record)) return 0;
  const auto* packet = static_cast<const uint8_t*>(data) + sizeof(record);
  return (*tap->handler_)(record, {packet, record.captured_bytes}) ? 0 : -ECANCELED;
}

Result<void> PinnedTap::write_filter(const rch_tap_filter& filter) {
  return BpfMap<uint32_t, rch_tap_filter>("tap_filter", filter_map_.get()).set(0, filter);
}

uint64_t PinnedTap::lost_ever() const {
  const auto by_cpu = BpfMap<uint32_t, uint64_t>("tap_lost", lost_map_.get()).per_cpu(0);
  return std::accumulate(by_cpu.begin(), by_cpu.end(), uint64_t{0});
}

}  // namespace

Result<std::unique_ptr<Tap>> Tap::open(const fs::path& state_dir) {
  return PinnedTap::open(state_dir);
}

}  // namespace ricochet
