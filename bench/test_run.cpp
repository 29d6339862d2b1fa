// SPDX-License-Identifier: Apache-2.0
#include "test_run.h"

#include <linux/bpf.h>
#include <net/if.h>
#include <time.h>

#include <algorithm>
#include <span>

#include "abi/ricochet.h"
#include "bpf_map.h"
#include "harness.skel.h"

namespace ricochet::bench {
namespace {

constexpr Mac kFloorNexthopMac = {0x02, 0x52, 0x43, 0x48, 0x01, 0x01};

double thread_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

}  // namespace

struct TestRun::LastPacket {
  Frame frame{};
  uint32_t bytes = 0;
  int action = 0;
};

void TestRun::Destroy::operator()(harness_bpf* object) const {
  harness_bpf__destroy(object);
}

Result<TestRun> TestRun::load() {
  TestRun run(harness_bpf__open_and_load());
  if (!run.object_) {
    return error("cannot load the harness program: {}; it needs root and a kernel with XDP",
                 std::strerror(errno));
  }
  rch_nexthop& nexthop = run.object_->bss->floor_nexthop;
  std::ranges::copy(kFloorNexthopMac, nexthop.mac);
  std::ranges::copy(kRouterMac, nexthop.source_mac);
  for (auto [slot, program] : {std::pair{BENCH_SLOT_IDLE, run.object_->progs.idle},
                               std::pair{BENCH_SLOT_FLOOR_L2, run.object_->progs.floor_l2}}) {
    auto set = set_entry(run.object_->maps.programs, uint32_t{slot}, bpf_program__fd(program));
    if (!set) return set.error();
  }
  // Attached, too, though no packet comes by: an XDP program that is attached nowhere makes each
  // TEST_RUN patch the kernel's dispatcher and wait, and others heat up the machine meanwhile.
  run.object_->links.harness =
      bpf_program__attach_xdp(run.object_->progs.harness, static_cast<int>(if_nametoindex("lo")));
  if (!run.object_->links.harness) {
    return error("cannot attach the harness program to lo: {}", std::strerror(errno));
  }
  return run;
}

Result<uint32_t> TestRun::add_program(int program_fd) {
  auto set = set_entry(object_->maps.programs, next_slot_, program_fd);
  if (!set) return set.error();
  return next_slot_++;
}

PacketCase TestRun::floor_l2(uint32_t flows) const {
  PacketCase packet_case{.name = "floor/l2",
                         .flows = flows,
                         .slot = BENCH_SLOT_FLOOR_L2,
                         .frame = make_frame(80, TcpFlags::kAck),
                         .action = XDP_TX};
  packet_case.expected = [frame = packet_case.frame](uint32_t flow) {
    Frame sent = frame;
    set_flow(sent, flow);
    set_ttl(sent, kTtl - 1);
    set_destination_mac(sent, kFloorNexthopMac);
    set_source_mac(sent, kRouterMac);
    return sent;
  };
  return packet_case;
}

Result<double> TestRun::run(const PacketCase& packet_case, uint32_t packets) {
  bench_job& job = object_->bss->job;
  job.slot = packet_case.slot;
  job.flows = packet_case.flows;
  job.layout = packet_case.layout;
  std::ranges::copy(packet_case.frame, job.frame);

  LastPacket last;
  const uint64_t counted_before = packet_case.counted ? packet_case.counted() : 0;
  auto packet_ns = repeat(packets, last);
  if (!packet_ns) return packet_ns;
  if (auto checked = check(packet_case, last); !checked) return checked.error();
  if (packet_case.counted && packet_case.counted() - counted_before != packets) {
    return error("{}: {} of {} packets got the verdict that they should get", packet_case.name,
                 packet_case.counted() - counted_before, packets);
  }
  return packet_ns;
}

Result<double> TestRun::run_idle(uint32_t packets) {
  LastPacket last;
  object_->bss->job.slot = BENCH_SLOT_IDLE;  // the layout stays that of the case beside it
  return repeat(packets, last);
}

Result<double> TestRun::repeat(uint32_t packets, LastPacket& last) {
  std::span<const uint8_t> frame(object_->bss->job.frame, BENCH_FRAME_BYTES);
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data(), .data_out = last.frame.data(),
              .data_size_in = static_cast<uint32_t>(frame.size()),
              .data_size_out = static_cast<uint32_t>(last.frame.size()),
              .repeat = static_cast<int>(packets));
  const double start_ns = thread_cpu_ns();
  const int status = bpf_prog_test_run_opts(bpf_program__fd(object_->progs.harness), &options);
  const double end_ns = thread_cpu_ns();
  if (status) return error("BPF_PROG_TEST_RUN failed: {}", std::strerror(errno));
  last.bytes = options.data_size_out;
  last.action = static_cast<int>(options.retval);
  return (end_ns - start_ns) / packets;
}

Result<void> TestRun::check(const PacketCase& packet_case, const LastPacket& last) const {
  const uint32_t flow = bench_flow(object_->bss->random_state, packet_case.flows);
  if (last.action != packet_case.action) {
    return error("{}: the program returned {}, not {}", packet_case.name, last.action,
                 packet_case.action);
  }
  if (last.bytes != BENCH_FRAME_BYTES) {
    return error("{}: the packet left with {} bytes, not {}", packet_case.name, last.bytes,
                 BENCH_FRAME_BYTES);
  }
  const std::string difference = describe_difference(packet_case.expected(flow), last.frame);
  if (!difference.empty()) {
    return error("{}: the packet of flow {} left wrong: {}", packet_case.name, flow, difference);
  }
  return {};
}

}  // namespace ricochet::bench
