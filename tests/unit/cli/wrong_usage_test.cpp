// SPDX-License-Identifier: Apache-2.0
//
// What somebody is told who mistypes the name of something.
#include <gmock/gmock.h>

#include "run_program.h"

namespace ricochet {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RunResult wrong(std::vector<std::string> words) {
  const RunResult result = run_program(std::move(words));
  EXPECT_EQ(result.exit_status, 2);
  return result;
}

TEST(WrongUsage, AMistypedSubcommandIsNamed) {
  EXPECT_THAT(wrong({"sttaus"}).errors,
              HasSubstr("ricochet has no subcommand 'sttaus': did you mean status?"));
  EXPECT_THAT(wrong({"backend", "lsit"}).errors,
              HasSubstr("backend has no subcommand 'lsit': did you mean list?"));
  const std::string errors = wrong({"generations", "quux"}).errors;
  EXPECT_THAT(errors, HasSubstr("generations has no subcommand 'quux'\n"));
  EXPECT_THAT(errors, Not(HasSubstr("did you mean")));
}

TEST(WrongUsage, AMissingSubcommandIsAskedFor) {
  for (const auto& words : {std::vector<std::string>{}, {"backend"}}) {
    EXPECT_THAT(wrong(words).errors, HasSubstr("A subcommand is required"));
  }
}

TEST(WrongUsage, AnotherThingThatIsMissingIsNamed) {
  EXPECT_THAT(wrong({"backend", "show", "web"}).errors, HasSubstr("BACKEND is required"));
}

TEST(WrongUsage, SettingNothingIsNoChange) {
  EXPECT_THAT(wrong({"service", "set", "10.0.10.0"}).errors, HasSubstr("--affinity"));
  EXPECT_THAT(wrong({"backend", "set", "web", "10.0.0.1"}).errors, HasSubstr("--quic-id"));
}

TEST(WrongUsage, ANewServiceHasAPool) {
  EXPECT_THAT(wrong({"service", "add", "10.0.10.0", "--quic", "true"}).errors,
              HasSubstr("--pool is required"));
}

TEST(WrongUsage, AWrongQuicIdIsAnsweredWithOne) {
  EXPECT_THAT(wrong({"backend", "add", "web", "10.0.0.1", "--quic-id", "none"}).errors,
              HasSubstr("as in 0a:01"));
}

TEST(WrongUsage, AMistypedVerdictIsCorrected) {
  const RunResult result = run_program({"explain", "drop_no_neighbor"});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_THAT(result.errors, HasSubstr("did you mean drop_no_neighbour?"));
  EXPECT_THAT(run_program({"explain", "quux"}).errors, HasSubstr("these are forward, "));
}

}  // namespace
}  // namespace ricochet
