// SPDX-License-Identifier: Apache-2.0
#include "xdp_run.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <cerrno>
#include <system_error>

namespace ricochet::test {
namespace {

xdp_md arrival(const Bytes& frame, uint32_t ingress_ifindex) {
  xdp_md context{};
  context.data_end = static_cast<uint32_t>(frame.size());
  context.ingress_ifindex = ingress_ifindex;
  return context;
}

bpf_test_run_opts input(const Bytes& frame, xdp_md& context) {
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.ctx_in = &context;
  options.ctx_size_in = sizeof(context);
  options.data_in = frame.data();
  options.data_size_in = static_cast<uint32_t>(frame.size());
  return options;
}

void run(int program_fd, bpf_test_run_opts& options) {
  if (bpf_prog_test_run_opts(program_fd, &options))
    throw std::system_error(errno, std::generic_category(), "BPF_PROG_TEST_RUN");
}

}  // namespace

XdpResult run_xdp(int program_fd, const Bytes& frame, uint32_t ingress_ifindex) {
  xdp_md context = arrival(frame, ingress_ifindex);
  Bytes output(frame.size());
  bpf_test_run_opts options = input(frame, context);
  options.data_out = output.data();
  options.data_size_out = static_cast<uint32_t>(output.size());
  run(program_fd, options);
  output.resize(options.data_size_out);
  return {options.retval, output};
}

void run_xdp_and_send(int program_fd, const Bytes& frame, uint32_t ingress_ifindex) {
  xdp_md context = arrival(frame, ingress_ifindex);
  bpf_test_run_opts options = input(frame, context);
  options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
  options.repeat = 1;
  run(program_fd, options);
}

}  // namespace ricochet::test
