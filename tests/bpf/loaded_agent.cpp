// SPDX-License-Identifier: Apache-2.0
#include "loaded_agent.h"

#include <arpa/inet.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include "agent.skel.h"
#include "bpf_map_access.h"
#include "verdict_names.h"
#include "xdp_run.h"

namespace ricochet::test {

LoadedAgent::LoadedAgent(const AgentOptions& options) : agent_(agent_bpf__open()) {
  if (!agent_) throw std::system_error(errno, std::generic_category(), "open the agent");
  agent_->rodata->mark_ecmp_er = options.mark_ecmp_er;
  agent_->rodata->bounce_rate_per_second = options.bounces_per_second;
  agent_->rodata->bounce_burst = options.bounce_burst;
  if (agent_bpf__load(agent_)) {
    const int code = errno;
    agent_bpf__destroy(agent_);
    throw std::system_error(code, std::generic_category(), "load the agent");
  }
  tap_ = std::make_unique<TapReader>(agent_->maps.tap_filter, agent_->maps.tap_ring,
                                     agent_->maps.tap_lost);
}

LoadedAgent::~LoadedAgent() {
  tap_.reset();
  agent_bpf__destroy(agent_);
}

void LoadedAgent::guard(IpAddress address) {
  if (address.is_ipv4()) {
    put_word(agent_->maps.guarded_addresses, RCH_GUARDED_SETS, htonl(address.last_word()), 0);
  } else {
    put(agent_->maps.guarded_addresses6, address.encode(), uint8_t{0});
  }
}

void LoadedAgent::set_budget(const BounceBudget& budget) {
  const std::vector<BounceBudget> budgets(static_cast<size_t>(libbpf_num_possible_cpus()), budget);
  const uint32_t zero = 0;
  if (bpf_map__update_elem(agent_->maps.bounce_budgets, &zero, sizeof(zero), budgets.data(),
                           budgets.size() * sizeof(budget), BPF_ANY))
    throw_map_error(agent_->maps.bounce_budgets);
}

BounceBudget LoadedAgent::budget(int cpu) const {
  return get_per_cpu<BounceBudget>(agent_->maps.bounce_budgets, 0).at(static_cast<size_t>(cpu));
}

int LoadedAgent::program_fd() const {
  return bpf_program__fd(agent_->progs.ricochet_agent);
}

std::map<std::string, uint64_t> LoadedAgent::counters() const {
  return get_counters(agent_->maps.agent_counters, kAgentCounterNames);
}

Outcome LoadedAgent::send(const Packet& packet, uint32_t ingress_ifindex) {
  XdpResult result = run_xdp(program_fd(), packet.bytes(), ingress_ifindex);
  auto now = counters();
  Outcome outcome{.action = result.action,
                  .packet = std::move(result.packet),
                  .counted = risen(counters_, now),
                  .traffic = {}};
  counters_ = std::move(now);
  return outcome;
}

}  // namespace ricochet::test
