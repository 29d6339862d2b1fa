// SPDX-License-Identifier: Apache-2.0
#include "dataplane/agent.h"

#include <algorithm>
#include <utility>

#include "abi/ricochet.h"
#include "agent.skel.h"
#include "dataplane/program.h"
#include "dataplane/state_dir.h"
#include "dataplane/word_table.h"
#include "dataplane/xdp_link.h"
#include "spdlog/spdlog.h"

namespace ricochet {
namespace {

// A tick of the coarse clock (up to 10 ms) must fit into what may be spent at once.
constexpr uint64_t kBurstsPerSecond = 10;

struct SkeletonDeleter {
  void operator()(agent_bpf* skeleton) const { agent_bpf::destroy(skeleton); }
};
using Skeleton = std::unique_ptr<agent_bpf, SkeletonDeleter>;

class XdpAgent final : public AgentDataplane {
 public:
  explicit XdpAgent(Skeleton skeleton) : skeleton_(std::move(skeleton)) {}

  Result<void> guard(const std::set<Ipv4Address>& addresses) override;

 private:
  Skeleton skeleton_;
};

Result<void> XdpAgent::guard(const std::set<Ipv4Address>& addresses) {
  auto guarded = WordTable::map(bpf_map__fd(skeleton_->maps.guarded_addresses), RCH_GUARDED_SETS);
  if (!guarded) return guarded.error();
  for (const Ipv4Address address : addresses) {
    const auto set = guarded->set(address.network_order(), 0);
    if (!set) return error("service address {}: {}", address.to_string(), set.error().message);
  }
  for (const auto& [key, unused] : guarded->entries()) {
    const auto address = Ipv4Address::from_network_order(static_cast<uint32_t>(key));
    if (!addresses.contains(address)) guarded->remove(key);
  }
  return {};
}

Result<Skeleton> load_agent(const AgentOptions& options, const StateDir& state) {
  log_libbpf();
  Skeleton skeleton(agent_bpf::open());
  if (!skeleton) return error("cannot open the agent's BPF program");
  skeleton->rodata->mark_ecmp_er = options.mark == MarkMode::ecmp_er;
  skeleton->rodata->bounce_rate_per_second = options.bounce_rate_per_second;
  skeleton->rodata->bounce_burst =
      std::max<uint64_t>(1, options.bounce_rate_per_second / kBurstsPerSecond);
  if (auto shared = share_maps(skeleton->obj, state); !shared) return shared.error();
  if (auto loaded = load(skeleton->skeleton, state); !loaded) return loaded.error();
  return skeleton;
}

}  // namespace

Result<std::unique_ptr<AgentDataplane>> AgentDataplane::open(const AgentOptions& options) {
  const auto interface = find_interface(options.interface);
  if (!interface) return interface.error();
  const auto state = StateDir::create(options.state_dir);
  if (!state) return state.error();
  PinsGuard pins(*state);
  auto skeleton = load_agent(options, *state);
  if (!skeleton) return skeleton.error();
  const auto link = attach_xdp(bpf_program__fd((*skeleton)->progs.ricochet_agent), *interface,
                               state->link_pin(interface->name));
  if (!link) return link.error();
  pins.keep();
  spdlog::info("{}: XDP {} ({})", interface->name, link->native ? "native" : "generic",
               link->adopted ? "adopted" : "attached");
  return std::unique_ptr<AgentDataplane>(std::make_unique<XdpAgent>(*std::move(skeleton)));
}

}  // namespace ricochet
