// SPDX-License-Identifier: Apache-2.0
//
// ricochet-verifier: how long the BPF programs are, and how many instructions the kernel's verifier
// walks through until it believes them. With --check FILE it compares the lengths with those that
// were noted for this compiler: a change of them belongs into a review.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "abi/ricochet.h"
#include "agent.skel.h"
#include "router.skel.h"
#include "util/result.h"

namespace ricochet::bench {
namespace {

constexpr uint32_t kSets = 1 << 17;  // as by default

struct Row {
  std::string program;
  uint64_t instructions = 0;  // as compiled
  uint32_t verified = 0;      // in all ways through the program
};

std::string key_of(const std::string& program) {
  return fmt::format("{:<14} {:<24}", BPF_COMPILER, program);
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

// The length that the file has for it; 0: none, as where the compiler is another one.
uint64_t noted_length(const std::string& text, const std::string& program) {
  const std::string key = key_of(program);
  const size_t found = text.find(key);
  return found == std::string::npos ? 0 : std::stoull(text.substr(found + key.size()));
}

// Whether all is as the file has it.
bool check(const std::vector<Row>& rows, const char* path) {
  const std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  bool as_noted = true;
  for (const Row& row : rows) {
    const uint64_t noted = noted_length(text.str(), row.program);
    if (noted == 0) fmt::print("no length is noted of {} by {}\n", row.program, BPF_COMPILER);
    if (noted == 0 || noted == row.instructions) continue;
    fmt::print(
        "{} has {} instructions, {} has {}: if that is meant, write the figures anew with "
        "`./run bench --only verifier > bench/verifier.txt`\n",
        row.program, row.instructions, path, noted);
    as_noted = false;
  }
  return as_noted;
}

int run(const char* file) {
  const auto rows = load_all();
  if (!rows) {
    fmt::print(stderr, "ricochet-verifier: {}\n", rows.error().message);
    return 1;
  }
  if (file != nullptr) return check(*rows, file) ? 0 : 1;
  for (const Row& row : *rows) {
    fmt::print("{} {:>12} {:>9}\n", key_of(row.program), row.instructions, row.verified);
  }
  return 0;
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
