// SPDX-License-Identifier: Apache-2.0
#include "jail/plan.h"

#include <gtest/gtest.h>

#include <memory>

#include "base/error.h"

namespace sandgate {
namespace {

PlanSpec SomePlan() {
  PlanSpec spec;
  spec.namespaces = 0x20000;
  spec.pid_namespace = true;
  spec.empty_network = true;
  spec.set_hostname = true;
  spec.uid = 10003;
  spec.gid = 10004;
  spec.packages = "/dependencies";
  spec.tmpfs_options = "size=1m";
  spec.scratch = "/tmp";
  spec.limits = {{RLIMIT_CORE, 0}, {RLIMIT_NOFILE, 64}};
  spec.landlock_abi = 6;
  spec.landlock_fs = 7;
  spec.paths = {{"/usr", 5}, {"/tmp", 6}};
  spec.argv = {"/bin/true", "", "three"};
  spec.envp = {"A=1"};
  return spec;
}

TEST(Plan, ArrivesAsItWasEncoded) {
  std::string packet = EncodePlan(SomePlan());
  const auto plan = std::make_unique<JailPlan>();
  ASSERT_TRUE(DecodePlan(packet, *plan));
  EXPECT_EQ(plan->namespaces, 0x20000u);
  EXPECT_TRUE(plan->pid_namespace);
  EXPECT_TRUE(plan->empty_network);
  EXPECT_TRUE(plan->set_hostname);
  EXPECT_FALSE(plan->change_ids);
  EXPECT_EQ(plan->uid, 10003u);
  EXPECT_EQ(plan->gid, 10004u);
  EXPECT_EQ(plan->chroot, nullptr);
  EXPECT_STREQ(plan->packages, "/dependencies");
  EXPECT_STREQ(plan->tmpfs_options, "size=1m");
  EXPECT_STREQ(plan->scratch, "/tmp");
  ASSERT_EQ(plan->limit_count, 2u);
  EXPECT_EQ(plan->limits[1].resource, RLIMIT_NOFILE);
  EXPECT_EQ(plan->limits[1].value.rlim_max, 64u);
  ASSERT_EQ(plan->path_count, 2u);
  EXPECT_STREQ(plan->paths[1].path, "/tmp");
  EXPECT_EQ(plan->paths[1].access, 6u);
  EXPECT_STREQ(plan->argv[0], "/bin/true");
  EXPECT_STREQ(plan->argv[1], "");
  EXPECT_STREQ(plan->argv[2], "three");
  EXPECT_EQ(plan->argv[3], nullptr);
  EXPECT_STREQ(plan->envp[0], "A=1");
  EXPECT_EQ(plan->envp[1], nullptr);
}

TEST(Plan, EveryTruncationIsRefused) {
  const std::string whole = EncodePlan(SomePlan());
  const auto plan = std::make_unique<JailPlan>();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::string cut = whole.substr(0, size);
    EXPECT_FALSE(DecodePlan(cut, *plan)) << size;
  }
  std::string longer = whole + "x";
  EXPECT_FALSE(DecodePlan(longer, *plan));
}

TEST(Plan, ListsThatDoNotFitAreRefusedByTheSender) {
  PlanSpec spec = SomePlan();
  spec.argv.assign(JailPlan::kMaxArguments + 1, "x");
  EXPECT_THROW(EncodePlan(spec), Error);
  spec = SomePlan();
  spec.paths.assign(JailPlan::kMaxPaths + 1, PathAccess{"/usr", 1});
  EXPECT_THROW(EncodePlan(spec), Error);
}

TEST(Plan, APlanWithoutAProgramIsRefused) {
  PlanSpec spec = SomePlan();
  spec.argv.clear();
  std::string packet = EncodePlan(spec);
  const auto plan = std::make_unique<JailPlan>();
  EXPECT_FALSE(DecodePlan(packet, *plan));
}

}  // namespace
}  // namespace sandgate
