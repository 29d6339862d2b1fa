// SPDX-License-Identifier: Apache-2.0
#include "dataplane/agent.h"

#include <algorithm>
#include <utility>

#include "abi/ricochet.h"
#include "agent.skel.h"
#include "dataplane/bpf_map.h"
#include "dataplane/encode.h"
#include "dataplane/interface.h"
#include "dataplane/pinned_maps.h"
#include "dataplane/program.h"
#include "dataplane/state_dir.h"
#include "dataplane/word_table.h"
#include "dataplane/xdp_links.h"

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
  XdpAgent(PinsGuard pins, PinnedMaps maps, Skeleton skeleton, XdpLinks links, Port port)
      : pins_(std::move(pins)),
        maps_(std::move(maps)),
        skeleton_(std::move(skeleton)),
        links_(std::move(links)),
        port_(std::move(port)) {}

  Result<void> guard(const std::set<Address>& addresses) override;
  Result<void> attach() override;

 private:
  PinsGuard pins_;
  PinnedMaps maps_;
  Skeleton skeleton_;
  XdpLinks links_;
  Port port_;
};

Result<void> XdpAgent::guard(const std::set<Address>& addresses) {
  auto guarded = WordTable::map(bpf_map__fd(skeleton_->maps.guarded_addresses), RCH_GUARDED_SETS);
  if (!guarded) return guarded.error();
  const BpfMap<rch_address, uint8_t> guarded6("guarded_addresses6",
                                              bpf_map__fd(skeleton_->maps.guarded_addresses6));
  for (const Address address : addresses) {
    const auto set = address.is_ipv4() ? guarded->set(address.ipv4_network_order(), 0)
                                       : guarded6.set(encode_address(address), 0);
    if (!set) return error("service address {}: {}", address.to_string(), set.error().message);
  }
  for (const auto& [key, unused] : guarded->entries()) {
    const auto address = Address::from_ipv4_network_order(static_cast<uint32_t>(key));
    if (!addresses.contains(address)) guarded->remove(key);
  }
  for (const auto& [key, unused] : guarded6.entries()) {
    if (addresses.contains(decode_address(key))) continue;
    if (auto removed = guarded6.remove(key); !removed) return removed;
  }
  return {};
}

Result<void> XdpAgent::attach() {
  const int program = bpf_program__fd(skeleton_->progs.ricochet_agent);
  if (const auto refused = links_.attach(program, {port_})) return refused->error;
  if (auto pinned = maps_.pin(skeleton_->obj); !pinned) return pinned;
  pins_.keep();
  return {};
}

Result<Skeleton> open_skeleton(const AgentOptions& options) {
  log_libbpf();
  Skeleton skeleton(agent_bpf::open());
  if (!skeleton) return error("cannot open the agent's BPF program");
  skeleton->rodata->mark_ecmp_er = options.mark == MarkMode::ecmp_er;
  skeleton->rodata->bounce_rate_per_second = options.bounce_rate_per_second;
  skeleton->rodata->bounce_burst =
      std::max<uint64_t>(1, options.bounce_rate_per_second / kBurstsPerSecond);
  return skeleton;
}

}  // namespace

Result<std::unique_ptr<AgentDataplane>> AgentDataplane::open(const AgentOptions& options) {
  const auto interface = find_interface(options.interface);
  if (!interface) return interface.error();
  auto skeleton = open_skeleton(options);
  if (!skeleton) return skeleton.error();
  const auto state = StateDir::create(options.state_dir);
  if (!state) return state.error();
  PinsGuard pins(*state);
  auto maps = PinnedMaps::share((*skeleton)->obj, *state, options.allow_loss);
  if (!maps) return maps.error();
  if (auto loaded = load((*skeleton)->skeleton); !loaded) return loaded.error();
  return std::unique_ptr<AgentDataplane>(std::make_unique<XdpAgent>(
      std::move(pins), *std::move(maps), *std::move(skeleton), XdpLinks(*state),
      Port{.name = interface->name, .interface = *interface}));
}

}  // namespace ricochet
