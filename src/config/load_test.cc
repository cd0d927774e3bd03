// SPDX-License-Identifier: Apache-2.0
// Where values come from: defaults, file and environment, their order, their sources, and the warnings.
// What is refused stands in load_errors_test.cc.
#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "config/environments.h"
#include "config/load_test_support.h"
#include "config/options.h"

namespace sandgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Texts = std::vector<std::string>;

const std::string kSourceDir = SANDGATE_SOURCE_DIR;

TEST(Load, HasTheDocumentedDefaults) {
  const Config config = LoadText("").config;
  EXPECT_EQ(config.port, 8194);
  EXPECT_TRUE(config.debug);
  EXPECT_EQ(config.key, "dify-sandbox");
  EXPECT_EQ(config.max_workers, 4);
  EXPECT_EQ(config.max_requests, 50);
  EXPECT_EQ(config.worker_timeout, 5);
  EXPECT_EQ(config.python_path, "/opt/python/bin/python3");
  EXPECT_THAT(config.python_lib_path, IsEmpty());
  EXPECT_THAT(config.system_lib_requirements, IsEmpty());
  EXPECT_EQ(config.python_pip_mirror_url, "");
  EXPECT_EQ(config.python_deps_update_interval, "0");
  EXPECT_EQ(config.nodejs_path, "/usr/local/bin/node");
  EXPECT_THAT(config.read_only_paths, IsEmpty());
  EXPECT_TRUE(config.enable_network);
  EXPECT_FALSE(config.enable_preload);
  EXPECT_FALSE(config.allow_processes);
  EXPECT_THAT(config.allowed_syscalls, IsEmpty());
  EXPECT_FALSE(config.allow_hazardous_syscalls);
  EXPECT_EQ(config.socks5_proxy + config.https_proxy + config.http_proxy + config.no_proxy + config.tz, "");
  EXPECT_EQ(config.log_path, "./logs");
  EXPECT_EQ(config.isolation_mode, "auto");
  EXPECT_THAT(config.isolation_require, IsEmpty());
  EXPECT_EQ(config.uid_base, 10000);
}

TEST(Load, HasTheDocumentedDefaultsOfLimitsAndServer) {
  const Config config = LoadText("").config;
  EXPECT_EQ(config.limit_stdout_bytes, 8 << 20);
  EXPECT_EQ(config.limit_stderr_bytes, 8 << 20);
  EXPECT_EQ(config.limit_memory_mb, 1024);
  EXPECT_EQ(RunMemoryMb(config), 1600);
  EXPECT_EQ(config.limit_processes, 256);
  EXPECT_EQ(config.limit_open_files, 1024);
  EXPECT_EQ(config.limit_file_mb, 64);
  EXPECT_EQ(config.limit_scratch_mb, 64);
  EXPECT_EQ(config.limit_denied_calls, 1000);
  EXPECT_EQ(config.address, "0.0.0.0");
  EXPECT_EQ(config.max_body_bytes, 32 << 20);
  EXPECT_EQ(config.header_timeout, 10);
  EXPECT_EQ(config.body_timeout, 60);
  EXPECT_EQ(config.idle_timeout, 75);
  EXPECT_EQ(config.drain_timeout, 30);
  EXPECT_EQ(config.state_dir, "");
}

// The names in the environment are a contract with existing deployments.
TEST(Load, TakesEveryOldNameOfTheEnvironment) {
  const Environment environment = {
      {"SANDBOX_PORT", "0"},
      {"DEBUG", "F"},
      {"API_KEY", "k2"},
      {"MAX_WORKERS", "7"},
      {"MAX_REQUESTS", "70"},
      {"WORKER_TIMEOUT", "15"},
      {"PYTHON_PATH", "/p"},
      {"PYTHON_LIB_PATH", "/l1,/l2"},
      {"PIP_MIRROR_URL", "http://m"},
      {"PYTHON_DEPS_UPDATE_INTERVAL", "1h30m"},
      {"NODEJS_PATH", "/n"},
      {"ENABLE_NETWORK", "0"},
      {"ENABLE_PRELOAD", "T"},
      {"ALLOWED_SYSCALLS", "1, 2,read"},
      {"SOCKS5_PROXY", "socks5://s"},
      {"HTTPS_PROXY", "http://hs"},
      {"HTTP_PROXY", "http://h"},
      {"NO_PROXY", "localhost,.svc"},
      {"TZ", "Asia/Shanghai"},
      {"SYSTEM_LIB_REQUIREMENTS", "/etc/hosts, /etc/ssl"},
      {"GIN_MODE", "release"},
  };
  const LoadedConfig loaded = LoadText("", environment);
  const Config& config = loaded.config;
  EXPECT_EQ(config.port, 0);
  EXPECT_FALSE(config.debug);
  EXPECT_EQ(config.key, "k2");
  EXPECT_EQ(config.max_workers, 7);
  EXPECT_EQ(config.max_requests, 70);
  EXPECT_EQ(config.worker_timeout, 15);
  EXPECT_EQ(config.python_path, "/p");
  EXPECT_THAT(config.python_lib_path, ElementsAre("/l1", "/l2"));
  EXPECT_EQ(config.python_pip_mirror_url, "http://m");
  EXPECT_EQ(config.python_deps_update_interval, "1h30m");
  EXPECT_EQ(config.nodejs_path, "/n");
  EXPECT_FALSE(config.enable_network);
  EXPECT_TRUE(config.enable_preload);
  EXPECT_THAT(config.allowed_syscalls, ElementsAre("1", "2", "read"));
  EXPECT_EQ(config.socks5_proxy, "socks5://s");
  EXPECT_EQ(config.https_proxy, "http://hs");
  EXPECT_EQ(config.http_proxy, "http://h");
  EXPECT_EQ(config.no_proxy, "localhost,.svc");
  EXPECT_EQ(config.tz, "Asia/Shanghai");
  EXPECT_THAT(config.system_lib_requirements, ElementsAre("/etc/hosts", "/etc/ssl"));
  EXPECT_THAT(loaded.warnings, IsEmpty());
}

TEST(Load, TakesOurOwnKeysOfTheFile) {
  const LoadedConfig loaded = LoadText(R"(
read_only_paths: [/usr, /etc/hosts]
allow_processes: yes
allow_hazardous_syscalls: on
isolation: {mode: container, require: [landlock_fs, full], uid_base: 20000}
limits: {stdout_bytes: 8M, stderr_bytes: 100, memory_mb: 64, run_memory_mb: 80, processes: 1, open_files: 16, file_mb: 1,
         scratch_mb: 2, denied_calls: 3}
server: {address: 127.0.0.1, max_body_bytes: 1MiB, header_timeout: 1, body_timeout: 2, idle_timeout: 3,
         drain_timeout: 0}
state_dir: /var/lib/sandgate
proxy: {no_proxy: localhost}
)");
  const Config& config = loaded.config;
  EXPECT_THAT(loaded.warnings, IsEmpty());
  EXPECT_THAT(config.read_only_paths, ElementsAre("/usr", "/etc/hosts"));
  EXPECT_TRUE(config.allow_processes && config.allow_hazardous_syscalls);
  EXPECT_EQ(config.isolation_mode, "container");
  EXPECT_THAT(config.isolation_require, ElementsAre("landlock_fs", "full"));
  EXPECT_EQ(config.uid_base, 20000);
  EXPECT_EQ(config.limit_stdout_bytes, 8 << 20);
  EXPECT_EQ(config.limit_stderr_bytes, 100);
  EXPECT_EQ(config.limit_memory_mb, 64);
  EXPECT_EQ(RunMemoryMb(config), 80);
  EXPECT_EQ(config.limit_processes, 1);
  EXPECT_EQ(config.limit_open_files, 16);
  EXPECT_EQ(config.limit_file_mb, 1);
  EXPECT_EQ(config.limit_scratch_mb, 2);
  EXPECT_EQ(config.limit_denied_calls, 3);
  EXPECT_EQ(config.address, "127.0.0.1");
  EXPECT_EQ(config.max_body_bytes, 1 << 20);
  EXPECT_EQ(config.header_timeout, 1);
  EXPECT_EQ(config.body_timeout, 2);
  EXPECT_EQ(config.idle_timeout, 3);
  EXPECT_EQ(config.drain_timeout, 0);
  EXPECT_EQ(config.state_dir, "/var/lib/sandgate");
  EXPECT_EQ(config.no_proxy, "localhost");
}

TEST(Load, EnvironmentWinsOverFileAndFileOverDefaults) {
  const LoadedConfig loaded = LoadText("max_workers: 8\nmax_requests: 80\n", {{"MAX_WORKERS", "9"}});
  EXPECT_EQ(loaded.config.max_workers, 9);
  EXPECT_EQ(loaded.config.max_requests, 80);
  EXPECT_EQ(loaded.config.worker_timeout, 5);
}

TEST(Load, KeepsTheSourceOfEachValue) {
  const ConfigFile file("# first\nmax_workers: 8\napp:\n  port: 9000\nmax_requests: 60\n");
  const LoadedConfig loaded = Load(file.path(), {{"MAX_REQUESTS", "70"}, {"TZ", "UTC"}});
  EXPECT_EQ(loaded.SourceOf("max_workers").Text(), file.path() + ":2");
  EXPECT_EQ(loaded.SourceOf("app.port").Text(), file.path() + ":4");
  EXPECT_EQ(loaded.SourceOf("max_requests").Text(), "environment MAX_REQUESTS");
  EXPECT_EQ(loaded.SourceOf("TZ").Text(), "environment TZ");
  EXPECT_EQ(loaded.SourceOf("worker_timeout").Text(), "default");
  EXPECT_THROW(loaded.SourceOf("max_worker"), Error);
}

TEST(Load, EmptyValuesCountAsNotGiven) {
  const LoadedConfig loaded =
      LoadText("max_workers:\nworker_timeout: ''\npython_path: ''\nallowed_syscalls:\napp:\nproxy: {}\n",
               {{"MAX_REQUESTS", ""}, {"ENABLE_NETWORK", ""}, {"HTTP_PROXY", " "}});
  EXPECT_EQ(loaded.config.max_workers, 4);
  EXPECT_EQ(loaded.config.worker_timeout, 5);
  EXPECT_EQ(loaded.config.python_path, "/opt/python/bin/python3");
  EXPECT_EQ(loaded.config.max_requests, 50);
  EXPECT_TRUE(loaded.config.enable_network);
  EXPECT_EQ(loaded.SourceOf("max_requests").Text(), "default");
  EXPECT_EQ(loaded.SourceOf("max_workers").Text(), "default");
  EXPECT_THAT(loaded.warnings, IsEmpty());
}

TEST(Load, TakesAllFormsOfAList) {
  const Texts expected = {"1", "2", "read"};
  EXPECT_EQ(LoadText("allowed_syscalls: [1, 2, read]").config.allowed_syscalls, expected);
  EXPECT_EQ(LoadText("allowed_syscalls:\n  - 1\n  # two\n  - '2'\n  - read # it\n").config.allowed_syscalls,
            expected);
  EXPECT_EQ(LoadText("allowed_syscalls: '1, 2,read'").config.allowed_syscalls, expected);
  EXPECT_EQ(LoadText("allowed_syscalls: 1,2,read,").config.allowed_syscalls, expected);
  EXPECT_EQ(LoadText("", {{"ALLOWED_SYSCALLS", "1,2, read"}}).config.allowed_syscalls, expected);
  EXPECT_EQ(LoadText("allowed_syscalls: 204").config.allowed_syscalls, Texts{"204"});
  EXPECT_EQ(LoadText("allowed_syscalls: []").config.allowed_syscalls, Texts{});
}

// The list only adds to the policy: no entry of it stops a start.
TEST(Load, LeavesOutWhatCanBeNoSystemCall) {
  struct {
    const char* yaml;
    const char* warning;
    Texts kept;
  } const cases[] = {
      {"allowed_syscalls: [read, Write]", "\"Write\" (from ", {"read"}},
      {"allowed_syscalls: [-1, 2]", "\"-1\" (from ", {"2"}},
      {"allowed_syscalls: [[1], 2]", "a list (from ", {"2"}},
      {"allowed_syscalls: &x [*x]\n", "a list (from ", {}},
      {"allowed_syscalls: [1.5]", "\"1.5\" (from ", {}},
      {"allowed_syscalls: 0-5", "\"0-5\" (from ", {}},
      {"allowed_syscalls: {read: 1}", "a mapping (from ", {}},
      {"allowed_syscalls:\n  - 1\n  -\n", "an empty item (from ", {"1"}},
      {"allowed_syscalls:\n  - 1\n  - no!\n", "config.yaml:3) is neither a number nor", {"1"}},
  };
  for (const auto& [yaml, warning, kept] : cases) {
    const LoadedConfig loaded = LoadText(yaml);
    EXPECT_EQ(loaded.config.allowed_syscalls, kept) << yaml;
    EXPECT_THAT(loaded.warnings, ElementsAre(HasSubstr(warning))) << yaml;
  }
  const LoadedConfig variable = LoadText("", {{"ALLOWED_SYSCALLS", "1,x y,3"}});
  EXPECT_EQ(variable.config.allowed_syscalls, (Texts{"1", "3"}));
  EXPECT_THAT(variable.warnings, ElementsAre(HasSubstr("\"x y\" (from environment ALLOWED_SYSCALLS)")));
}

TEST(Load, KnowsWhereEachSystemCallStands) {
  const ConfigFile file("allowed_syscalls:\n  - 1\n  - x\n");
  EXPECT_THAT(Load(file.path(), {}).syscall_places, ElementsAre(file.path() + ":2", file.path() + ":3"));
  EXPECT_THAT(Load(file.path(), {{"ALLOWED_SYSCALLS", "y"}}).syscall_places,
              ElementsAre("environment ALLOWED_SYSCALLS"));
}

TEST(Load, TakesAListThatAllowsEverything) {
  const LoadedConfig loaded = Load(kSourceDir + "/tests/data/allow-all.yaml", {});
  EXPECT_THAT(loaded.warnings, IsEmpty());
  ASSERT_EQ(loaded.config.allowed_syscalls.size(), 335u);
  EXPECT_EQ(loaded.config.allowed_syscalls.front(), "0");
  EXPECT_EQ(loaded.config.allowed_syscalls.back(), "335");
}

TEST(Load, TheShippedFileSaysNothingButTheDefaults) {
  const LoadedConfig loaded = Load(kSourceDir + "/conf/config.yaml", {});
  Config defaults = DefaultConfig();
  const std::filesystem::path beside = kSourceDir + "/conf/profiles";
  defaults.profiles_folder = beside.lexically_normal().string();
  PlaceDependencies(kSourceDir + "/conf/config.yaml", defaults);
  EXPECT_THAT(loaded.warnings, IsEmpty());
  for (const Option& option : Options()) {
    EXPECT_EQ(ValueText(option, loaded.config), ValueText(option, defaults)) << option.name();
  }
  EXPECT_EQ(loaded.config.key, defaults.key);
  EXPECT_EQ(loaded.SourceOf("app.key").origin, Origin::kFile);
}

TEST(Load, TheDefaultFileMayBeMissingAndThatIsAWarning) {
  const LoadedConfig loaded = LoadWithoutFile({{"MAX_WORKERS", "9"}});
  EXPECT_FALSE(loaded.file_found);
  EXPECT_EQ(loaded.config.max_workers, 9);
  EXPECT_EQ(loaded.config.max_requests, 50);
  EXPECT_THAT(loaded.warnings, ElementsAre(HasSubstr("conf/config.yaml does not exist")));
}

TEST(Load, TakesADottedKeyAsTheNestedOne) {
  EXPECT_EQ(LoadText("limits.memory_mb: 2048\n").config.limit_memory_mb, 2048);
  EXPECT_EQ(LoadText("limits:\n  file_mb: 7\nlimits.memory_mb: 2048\n").config.limit_memory_mb, 2048);
}

TEST(Load, WarnsOfPathsForRunsThatDoNotExist) {
  const auto warnings = LoadText("read_only_paths: [/usr, /nonexistent/models]\n").warnings;
  EXPECT_THAT(warnings, ElementsAre(testing::AllOf(HasSubstr("read_only_paths: /nonexistent/models (from "),
                                                   HasSubstr(":1) does not exist"))));
}

TEST(Load, WarnsOfPathsThatShowTheMachine) {
  EXPECT_THAT(
      LoadText("read_only_paths: [/usr, //dev, /run/x]\n").warnings,
      ElementsAre(testing::ContainsRegex("read_only_paths: //dev .from .*:1. shows or steers the machine"),
                  HasSubstr("read_only_paths: /run/x (from ")));
}

TEST(Load, WarnsOfUnknownKeysAndSaysWhichWasMeant) {
  const auto warnings = LoadText(R"(max_worker: 4
port: 8194
MAX_REQUESTS: 5
limits: {memory: 5}
frobnicate: {a: 1, b: [2]}
)")
                            .warnings;
  EXPECT_THAT(
      warnings,
      ElementsAre(
          HasSubstr("config.yaml:1) is not a known setting and has no effect; did you mean max_workers?"),
          HasSubstr("did you mean app.port?"), HasSubstr("did you mean max_requests?"),
          HasSubstr("did you mean limits.memory_mb?"),
          testing::AllOf(HasSubstr("frobnicate.a"), testing::Not(HasSubstr("mean"))),
          HasSubstr("frobnicate.b")));
}

TEST(Load, ABadValueOfTheFileThatTheEnvironmentOverridesIsAWarning) {
  const LoadedConfig loaded =
      LoadText("worker_timeout: 0\napp: {key: ''}\n", {{"WORKER_TIMEOUT", "15"}, {"API_KEY", "k"}});
  EXPECT_EQ(loaded.config.worker_timeout, 15);
  EXPECT_EQ(loaded.config.key, "k");
  EXPECT_THAT(loaded.warnings, testing::UnorderedElementsAre(HasSubstr("environment WORKER_TIMEOUT is used"),
                                                             HasSubstr("environment API_KEY is used")));
}

TEST(Load, IgnoresKubernetesServiceLink) {
  const LoadedConfig loaded = LoadText("", {{"SANDBOX_PORT", "tcp://10.0.0.1:8194"}});
  EXPECT_EQ(loaded.config.port, 8194);
  EXPECT_THAT(loaded.warnings, ElementsAre(HasSubstr("SANDBOX_PORT")));
}

TEST(Load, WarnsWhenWorkersCanNeverBeUsed) {
  EXPECT_THAT(LoadText("max_workers: 9\nmax_requests: 8").warnings,
              ElementsAre(HasSubstr("max_requests (8)")));
}

}  // namespace
}  // namespace sandgate
