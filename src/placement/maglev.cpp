// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "placement/bucket.h"

namespace ricochet {
namespace {

// One candidate's walk through all buckets: next, next + skip, next + 2 * skip, ... modulo the
// count.
struct Permutation {
  uint32_t next;
  uint32_t skip;
};

// The finaliser of splitmix64, a bijection in which every input bit reaches every output bit:
// neighbouring addresses get unrelated permutations.
uint64_t mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

Permutation permutation_of(const Candidate& candidate, uint32_t mask) {
  const uint64_t hash = mix(candidate.identity);
  return {.next = static_cast<uint32_t>(hash) & mask,
          .skip = (static_cast<uint32_t>(hash >> 32) | 1) & mask};
}

// A number below `bound` that belongs to the candidate and has nothing to do with its permutation.
uint32_t phase_of(const Candidate& candidate, uint32_t bound) {
  const uint64_t hash = mix(mix(candidate.identity));
  return static_cast<uint32_t>((hash >> 32) * bound >> 32);
}

// Whose turn it is to take a bucket: indexes of candidates, to be repeated. In each round a
// candidate earns its weight and takes its turn whenever it can pay the greatest weight. After as
// many rounds as the greatest weight each has had exactly its weight of turns, and it begins
// again. Everybody begins with other savings (the phase), else the light ones would all take their
// turn in the same round and a table that ends just before it would have none of them.
// No more than `count` turns are ever needed.
std::vector<uint32_t> turns_of(std::span<const Candidate> candidates, uint32_t count) {
  uint32_t divisor = 0;
  for (const Candidate& candidate : candidates) divisor = std::gcd(divisor, candidate.weight);
  if (divisor == 0) return {};
  const uint32_t price = std::ranges::max(candidates, {}, &Candidate::weight).weight / divisor;

  std::vector<uint32_t> savings(candidates.size());
  std::ranges::transform(candidates, savings.begin(),
                         [&](const Candidate& candidate) { return phase_of(candidate, price); });
  std::vector<uint32_t> turns;
  for (uint32_t round = 0; round < price && turns.size() < count; ++round) {
    for (uint32_t index = 0; index < candidates.size(); ++index) {
      savings[index] += candidates[index].weight / divisor;
      if (savings[index] < price) continue;
      savings[index] -= price;
      turns.push_back(index);
    }
  }
  return turns;
}

}  // namespace

std::vector<BackendId> place_maglev(std::span<const Candidate> candidates, uint32_t count) {
  // Ids and the order of arrival differ between routers, identities do not.
  std::vector<Candidate> sorted(candidates.begin(), candidates.end());
  std::ranges::sort(sorted, {}, &Candidate::identity);
  const std::vector<uint32_t> turns = turns_of(sorted, count);
  if (turns.empty()) return {};

  const uint32_t mask = count - 1;
  std::vector<Permutation> permutations;
  permutations.reserve(sorted.size());
  for (const Candidate& candidate : sorted) permutations.push_back(permutation_of(candidate, mask));

  std::vector<BackendId> owners(count);
  std::vector<bool> taken(count);  // owners != 0 would say the same, but does not fit in L1
  auto turn = turns.begin();
  for (uint32_t filled = 0; filled < count; ++filled) {
    auto& [next, skip] = permutations[*turn];
    while (taken[next]) next = (next + skip) & mask;
    taken[next] = true;
    owners[next] = sorted[*turn].id;
    if (++turn == turns.end()) turn = turns.begin();
  }
  return owners;
}

}  // namespace ricochet
