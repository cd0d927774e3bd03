// SPDX-License-Identifier: Apache-2.0
#include "sandbox/isolation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/text.h"
#include "config/options.h"

namespace sandgate {
namespace {

using testing::Contains;
using testing::Not;

Config AutoConfig() {
  Config config;
  config.isolation_mode = "auto";
  return config;
}

Probe Root() {
  Probe probe;
  probe.uid = 0;
  probe.landlock_abi = 7;
  probe.cgroups.reason = "cgroup v2: not mounted; cgroup v1: not mounted";
  return probe;
}

Probe DockerRoot() {
  Probe probe = Root();
  probe.namespaces = probe.user_namespaces = probe.map_all_ids = probe.proc = probe.proc_in_user_ns = {EPERM};
  return probe;
}

Probe User() {
  Probe probe = DockerRoot();
  probe.uid = probe.gid = 1000;
  probe.change_ids = probe.chroot = {EPERM};
  return probe;
}

std::string RefusalOf(const Probe& probe, const Config& config) {
  try {
    ComputeIsolation(probe, config);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Isolation, RootWithNamespacesIsFull) {
  const Isolation isolation = ComputeIsolation(Root(), AutoConfig());
  EXPECT_EQ(isolation.mode, IsolationMode::kFull);
  EXPECT_TRUE(isolation.namespaces);
  EXPECT_FALSE(isolation.user_namespace);
  EXPECT_TRUE(isolation.change_ids);
  EXPECT_THAT(isolation.LayersInForce(), Contains("pid_ns"));
}

TEST(Isolation, RootInADefaultContainerIsContainer) {
  const Isolation isolation = ComputeIsolation(DockerRoot(), AutoConfig());
  EXPECT_EQ(isolation.mode, IsolationMode::kContainer);
  EXPECT_FALSE(isolation.namespaces);
  EXPECT_TRUE(isolation.change_ids);
  EXPECT_FALSE(isolation.chroot);
  EXPECT_THAT(isolation.LayersInForce(), Contains("landlock_fs"));
  EXPECT_THAT(isolation.LayersInForce(), Not(Contains("pid_ns")));
}

TEST(Isolation, RootThatMayMakeUserNamespacesIsFullWithEveryIdMapped) {
  Probe probe = DockerRoot();
  probe.user_namespaces = probe.map_all_ids = {0};
  const Isolation isolation = ComputeIsolation(probe, AutoConfig());
  EXPECT_EQ(isolation.mode, IsolationMode::kFull);
  EXPECT_TRUE(isolation.user_namespace);
  EXPECT_TRUE(isolation.change_ids);
  EXPECT_FALSE(isolation.proc);
}

TEST(Isolation, AnOrdinaryUserIsRootless) {
  EXPECT_EQ(ComputeIsolation(User(), AutoConfig()).mode, IsolationMode::kRootless);
  Probe probe = User();
  probe.user_namespaces = {0};
  const Isolation isolation = ComputeIsolation(probe, AutoConfig());
  EXPECT_EQ(isolation.mode, IsolationMode::kRootless);
  EXPECT_TRUE(isolation.namespaces);
  EXPECT_FALSE(isolation.change_ids);
}

TEST(Isolation, WithoutMountsAndLandlockItIsChrootOrNothing) {
  Probe probe = DockerRoot();
  probe.landlock_abi = 0;
  probe.landlock = {ENOSYS};
  EXPECT_TRUE(ComputeIsolation(probe, AutoConfig()).chroot);
  probe.chroot = {EPERM};
  EXPECT_THAT(RefusalOf(probe, AutoConfig()), testing::HasSubstr("Landlock"));
}

TEST(Isolation, WithoutSeccompNotificationTheServerRefuses) {
  Probe probe = Root();
  probe.seccomp_notify = {ENOSYS};
  EXPECT_THAT(RefusalOf(probe, AutoConfig()), testing::HasSubstr("seccomp user notification"));
}

TEST(Isolation, RootThatCannotChangeIdsRefuses) {
  Probe probe = DockerRoot();
  probe.change_ids = {EPERM};
  EXPECT_THAT(RefusalOf(probe, AutoConfig()), testing::HasSubstr("CAP_SETUID"));
}

TEST(Isolation, AModeThatCannotBeHadIsRefusedNotReplaced) {
  Config config = AutoConfig();
  config.isolation_mode = "full";
  EXPECT_THAT(RefusalOf(DockerRoot(), config), testing::HasSubstr("isolation.mode: full"));
  config.isolation_mode = "container";
  EXPECT_THAT(RefusalOf(User(), config), testing::HasSubstr("container"));
  EXPECT_EQ(ComputeIsolation(Root(), config).mode, IsolationMode::kContainer);
  config.isolation_mode = "rootless";
  EXPECT_THAT(RefusalOf(Root(), config), testing::HasSubstr("rootless"));
}

TEST(Isolation, WhereTheConfigurationLeavesNamespacesOutTheHintIsItsSetting) {
  Config config = AutoConfig();
  config.isolation_mode = "container";
  for (const Layer& layer : ComputeIsolation(Root(), config).layers) {
    if (layer.reason != "isolation.mode is container") continue;
    EXPECT_EQ(layer.hint, layer.name == "user_ns" ? "" : "isolation.mode: auto") << layer.name;
  }
  config.isolation_require = {"mount_ns"};
  EXPECT_THAT(RefusalOf(Root(), config), testing::HasSubstr("isolation.mode: auto"));
  EXPECT_THAT(RefusalOf(DockerRoot(), config), testing::HasSubstr("CAP_SYS_ADMIN"));
}

TEST(Isolation, RequiredLayersAndModesAreEnforced) {
  Config config = AutoConfig();
  config.isolation_require = {"full", "pid_ns", "unique_uid"};
  EXPECT_EQ(RefusalOf(Root(), config), "");
  EXPECT_THAT(RefusalOf(DockerRoot(), config), testing::HasSubstr("full is required"));
  config.isolation_require = {"pid_ns"};
  EXPECT_THAT(RefusalOf(DockerRoot(), config), testing::HasSubstr("pid_ns is not in force"));
  config.isolation_require = {"pid-ns"};
  EXPECT_THAT(RefusalOf(Root(), config), testing::HasSubstr("no layer \"pid-ns\""));
}

// The configuration refuses a name that is none of them.
TEST(Isolation, WhatCanBeRequiredAreTheModesAndTheLayers) {
  std::vector<std::string> names = {"full", "container", "rootless"};
  for (const Layer& layer : ComputeIsolation(Root(), AutoConfig()).layers) names.push_back(layer.name);
  const auto option = std::ranges::find(Options(), "isolation.require", &Option::key);
  EXPECT_THAT(SplitList(option->choices, ','), testing::UnorderedElementsAreArray(names));
}

TEST(Isolation, EveryLayerThatIsMissingSaysWhy) {
  for (const Probe& probe : {Root(), DockerRoot(), User()}) {
    for (const Layer& layer : ComputeIsolation(probe, AutoConfig()).layers)
      EXPECT_NE(layer.reason, "") << layer.name;
  }
}

Probe RootWithCgroups() {
  Probe probe = Root();
  probe.cgroups = {.version = 1, .memory = "/cg/memory/own", .pids = "/cg/pids/own"};
  return probe;
}

Config ConfigWithRunMemory(std::int64_t value) {
  Config config = AutoConfig();
  config.limit_memory_mb = 1000;
  config.limit_run_memory_mb = value;
  return config;
}

TEST(Isolation, CgroupsAreLayersThatTellVersionAndPlace) {
  const Isolation isolation = ComputeIsolation(RootWithCgroups(), ConfigWithRunMemory(-1));
  EXPECT_EQ(isolation.cgroup_version, 1);
  EXPECT_THAT(isolation.LayersInForce(), testing::IsSupersetOf({"cgroup_memory", "cgroup_pids"}));
  for (const Layer& layer : isolation.layers) {
    if (layer.name == "cgroup_memory") {
      EXPECT_THAT(layer.reason, testing::HasSubstr("(cgroup v1 below /cg/memory/own)"));
    }
  }
}

TEST(Isolation, WithoutARunMemoryLimitOnlyProcessesAreCounted) {
  const Isolation isolation = ComputeIsolation(RootWithCgroups(), ConfigWithRunMemory(0));
  EXPECT_EQ(isolation.cgroup_version, 1);
  EXPECT_THAT(isolation.LayersInForce(), Contains("cgroup_pids"));
  EXPECT_THAT(isolation.LayersInForce(), Not(Contains("cgroup_memory")));
}

TEST(Isolation, CgroupsThatCannotBeHadAreToldAndCanBeRequired) {
  Probe probe = Root();
  probe.cgroups.reason = "cgroup v2: x; cgroup v1: y: Read-only file system";
  Config config = ConfigWithRunMemory(-1);
  EXPECT_EQ(ComputeIsolation(probe, config).cgroup_version, 0);
  config.isolation_require = {"cgroup_memory"};
  EXPECT_THAT(RefusalOf(probe, config),
              testing::HasSubstr("cgroup_memory is not in force: cgroup v2: x; cgroup v1: y"));
}

}  // namespace
}  // namespace sandgate
