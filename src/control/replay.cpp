// SPDX-License-Identifier: Apache-2.0
#include "control/replay.h"

#include <utility>

namespace ricochet {
namespace {

Result<void> check_ports(const Neighbours& neighbours, size_t port_count) {
  for (const auto& [address, neighbour] : neighbours) {
    if (neighbour.port < port_count) continue;
    return error(
        "neighbour {} is on port {}, but --ports names {}: start with the ports that the state "
        "directory was used with, in their order",
        address.to_string(), neighbour.port, port_count);
  }
  return {};
}

}  // namespace

Result<Recovered> replay(GenerationStore& store, const Settings& settings, size_t port_count) {
  auto generations = store.load_generations();
  if (!generations) return generations.error();
  auto neighbours = store.load_neighbours();
  if (!neighbours) return neighbours.error();
  if (auto checked = check_ports(*neighbours, port_count); !checked) return checked.error();

  Recovered recovered;
  recovered.neighbours = *std::move(neighbours);
  for (const Generation& generation : *generations) {
    auto step = fold(recovered.state, generation, settings);
    if (!step) {
      return error("generation {} of the log cannot be repeated: {}", generation.number,
                   step.error().message);
    }
    recovered.earlier_backends = std::move(recovered.state.backends);
    recovered.state = std::move(step->state);
  }
  return recovered;
}

}  // namespace ricochet
