// SPDX-License-Identifier: Apache-2.0
//
// ricochet-verifier: how long the BPF programs are, and how many instructions the kernel's verifier
// walks through until it believes them. With --check FILE it compares the lengths with those that
// were noted for this compiler: growth belongs into a review.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "abi/ricochet.h"
#include "agent.skel.h"
#include "router.skel.h"
#include "util/result.h"

namespace ricochet::bench {
namespace {

constexpr uint32_t kSets = 1 << 17;         // as by default
constexpr uint32_t kVerifiedMax = 700'000;  // the kernel refuses 1,000,000
constexpr double kTolerance = 0.1;          // of the length, until the file has to be written anew

struct Row {
  std::string program;
  uint64_t instructions = 0;  // as compiled
  uint32_t loaded = 0;        // without those that the configuration does not use
  uint32_t verified = 0;      // in all ways through the program
};

std::string format_program(const std::string& program) {
  return fmt::format(" {:<24}", program);
}

template <class Skeleton>
uint64_t length_of(const Skeleton& skeleton) {
  uint64_t instructions = 0;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton.obj) {
    instructions += bpf_program__insn_cnt(program);
  }
  return instructions;
}

// The skeleton's own functions, because each skeleton is a type of its own.
template <class Skeleton>
Result<Row> load(std::string name, const std::function<void(Skeleton&)>& set_up,
                 bpf_program* (*program_of)(Skeleton&)) {
  struct Destroy {
    void operator()(Skeleton* skeleton) const { Skeleton::destroy(skeleton); }
  };
  const std::unique_ptr<Skeleton, Destroy> skeleton(Skeleton::open());
  if (!skeleton) return error("{}: cannot be opened: {}", name, std::strerror(errno));
  set_up(*skeleton);
  if (Skeleton::load(skeleton.get()) != 0) {
    return error("{}: the verifier refuses it: {}", name, std::strerror(errno));
  }
  bpf_prog_info info{};
  __u32 bytes = sizeof(info);
  if (bpf_obj_get_info_by_fd(bpf_program__fd(program_of(*skeleton)), &info, &bytes) != 0) {
    return error("{}: the kernel does not tell of it: {}", name, std::strerror(errno));
  }
  return Row{.program = std::move(name),
             .instructions = length_of(*skeleton),
             .loaded = info.xlated_prog_len / static_cast<__u32>(sizeof(bpf_insn)),
             .verified = info.verified_insns};
}

void without_options(router_bpf& router) {
  router.rodata->answer_echo = false;
}

void with_pins_and_flows(router_bpf& router) {
  router.rodata->pin_sets = kSets;
  router.rodata->flow_sets = kSets;
  bpf_map__set_max_entries(router.maps.pins, kSets);
  bpf_map__set_max_entries(router.maps.flows, kSets);
}

void with_everything(router_bpf& router) {
  with_pins_and_flows(router);
  router.rodata->forward_by_fib = true;
}

bpf_program* program_of(router_bpf& router) {
  return router.progs.ricochet_router;
}

bpf_program* program_of(agent_bpf& agent) {
  return agent.progs.ricochet_agent;
}

Result<std::vector<Row>> load_all() {
  std::vector<Row> rows;
  const std::pair<const char*, void (*)(router_bpf&)> routers[] = {
      {"router, nothing on", without_options},
      {"router, by default", with_pins_and_flows},
      {"router, everything on", with_everything}};
  for (const auto& [name, set_up] : routers) {
    auto row = load<router_bpf>(name, set_up, program_of);
    if (!row) return row.error();
    rows.push_back(*std::move(row));
  }
  auto row = load<agent_bpf>(
      "agent", [](agent_bpf&) {}, program_of);
  if (!row) return row.error();
  rows.push_back(*std::move(row));
  return rows;
}

// The row's figure in the file, of the same major version of the compiler: minor ones change
// little. None, as where the compiler is another one.
std::optional<uint64_t> noted_instructions(std::ifstream& file, const std::string& program) {
  const std::string compiler = BPF_COMPILER;
  const std::string major = compiler.substr(0, compiler.find('.') + 1);
  const std::string key = format_program(program);
  for (std::string line; std::getline(file, line);) {
    const size_t found = line.find(key);
    if (!line.starts_with(major) || found == std::string::npos) continue;
    return std::stoull(line.substr(found + key.size()));
  }
  return std::nullopt;
}

// Whether the row is as the file has it, and far from what the kernel refuses; else says what to
// do.
bool check(const Row& row, const char* path) {
  if (row.verified > kVerifiedMax) {
    fmt::print("{} by {}: the verifier walks through {} instructions, at most {} are wanted\n",
               row.program, BPF_COMPILER, row.verified, kVerifiedMax);
    return false;
  }
  std::ifstream file(path);
  if (!file) {
    fmt::print("cannot read {}\n", path);
    return false;
  }
  const auto noted = noted_instructions(file, row.program);
  if (!noted) {
    fmt::print("{} by {}: {} has no figures of it\n", row.program, BPF_COMPILER, path);
    return true;
  }
  const auto difference = static_cast<double>(row.instructions) - static_cast<double>(*noted);
  if (std::abs(difference) <= kTolerance * static_cast<double>(*noted)) return true;
  fmt::print(
      "{} by {} has {} instructions, {} has {}: if that is meant, write the figures anew with "
      "`sudo ./run bench --only verifier --update`\n",
      row.program, BPF_COMPILER, row.instructions, path, *noted);
  return false;
}

int run(const char* file) {
  const auto rows = load_all();
  if (!rows) {
    fmt::print(stderr, "ricochet-verifier: {}\n", rows.error().message);
    return 1;
  }
  bool in_order = true;
  for (const Row& row : *rows) {
    if (file != nullptr) {
      in_order = check(row, file) && in_order;
    } else {
      fmt::print("{:<14}{} {:>12} {:>8} {:>9}\n", BPF_COMPILER, format_program(row.program),
                 row.instructions, row.loaded, row.verified);
    }
  }
  return in_order ? 0 : 1;
}

}  // namespace
}  // namespace ricochet::bench

int main(int argc, char** argv) {
  const bool checks = argc == 3 && std::strcmp(argv[1], "--check") == 0;
  if (argc != 1 && !checks) {
    fmt::print(stderr, "usage: ricochet-verifier [--check FILE]\n");
    return 2;
  }
  return ricochet::bench::run(checks ? argv[2] : nullptr);
}
