// SPDX-License-Identifier: Apache-2.0
#include "cli/engine.h"

#include <embedded/boot.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <filesystem>

#include "base/error.h"
#include "base/sys.h"
#include "config/paths.h"
#include "config/proxy.h"
#include "sandbox/probe.h"
#include "sandbox/view.h"
#include "spawner/fork_servers.h"

namespace sandgate {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSupportFolder = "/.sandgate";  // of our own files, in a run's root tree
constexpr const char* kEnvironmentsInTree = "/environments";
constexpr const char* kPythonLibrary = "sandgate-python.so";
constexpr const char* kNodeLibrary = "sandgate-node.node";
// Versions whose forked runs are like cold ones (tests/differential/).
constexpr std::string_view kForkedNodes[] = {"v20.", "v22."};
constexpr const char* kShimName = "libsandgate-tmp.so";

std::string SupportPath(const std::string& name) { return std::string(kSupportFolder) + "/" + name; }

// A program or library of ours: beside this program, where packages put it, or in the build tree.
std::string FindCompanion(const std::string& name) {
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  for (const char* place : {".", "../libexec/sandgate", "../lib/sandgate", "../spawner"}) {
    const fs::path candidate = here / place / name;
    std::error_code ignored;
    if (fs::exists(candidate, ignored)) return fs::canonical(candidate).string();
  }
  throw Error(
      fmt::format("{} was not found beside {} nor in ../libexec/sandgate: the installation is incomplete",
                  name, here.string()));
}

std::string WithCpus(std::string_view js) { return std::string(embedded::kCpusJs).append(js); }

std::string ReadCompanion(const std::string& name) {
  const std::string path = FindCompanion(name);
  auto bytes = sys::ReadFile(path);
  if (!bytes) ThrowErrno("read " + path);
  return std::move(*bytes);
}

constexpr std::uint32_t kKinds = 4;  // two languages, each with and without network

std::size_t ParkedFor(const Config& config) {
  return static_cast<std::size_t>(std::min(config.parked_children, config.max_workers));
}

// False where the configuration has every run of the language start cold.
bool MayWarm(const Config& config, Language language) {
  return (language == Language::kPython ? config.python_spawner : config.node_spawner) == "auto";
}

// One for each worker, one for the readiness probe, and for children that are not a run's yet: parked ones,
// and the self-test of a new fork server. Of each environment, and of one that another is taking the place
// of.
std::uint32_t SlotCount(const Config& config) {
  const bool built = !config.environments_folder.empty();
  const auto environments = static_cast<std::uint32_t>(built ? config.environments.size() + 2 : 1);
  return static_cast<std::uint32_t>(config.max_workers) + 1 +
         environments * kKinds * (static_cast<std::uint32_t>(ParkedFor(config)) + 1);
}

// Adds which ids runs have (sandbox/slots.h, sandbox/view.cc), for explanations.
void AddRunIds(const Config& config, const Isolation& isolation, PolicyOptions& options) {
  if (isolation.change_ids) {
    const auto first = static_cast<std::uint32_t>(config.uid_base);
    options.run_uids = options.run_gids = {first, first + SlotCount(config) - 1};
  } else {
    const std::uint32_t uid = isolation.user_namespace ? kMappedId : ::geteuid();
    const std::uint32_t gid = isolation.user_namespace ? kMappedId : ::getegid();
    options.run_uids = {uid, uid};
    options.run_gids = {gid, gid};
  }
}

}  // namespace

PolicyOptions MakePolicyOptions(const Config& config, const Isolation& isolation, bool network) {
  PolicyOptions options;
  options.network = network;
  options.network_offered = config.enable_network;
  options.processes = config.allow_processes;
  options.signals_contained = isolation.signals_contained();
  options.namespaces = isolation.namespaces;
  options.allowed_syscalls = config.allowed_syscalls;
  options.allow_hazardous = config.allow_hazardous_syscalls;
  AddRunIds(config, isolation, options);
  return options;
}

namespace {

PolicyStoreOptions MakeStoreOptions(const Config& config, const Isolation& isolation) {
  PolicyStoreOptions options;
  options.base = MakePolicyOptions(config, isolation, false);
  options.folder = config.profiles_folder;
  options.profile = config.profile;
  options.processes_can_be_ended = isolation.processes_can_be_ended();
  return options;
}

}  // namespace

Engine::Engine(boost::asio::io_context& io, const Config& config, Logger& log)
    : Engine(io, config, log, std::nullopt) {}

Engine::Engine(boost::asio::io_context& io, const Config& config, Logger& log, Workshop workshop)
    : Engine(io, config, log, std::optional(std::move(workshop))) {}

Engine::Engine(boost::asio::io_context& io, const Config& config, Logger& log,
               std::optional<Workshop> workshop)
    : io_(io),
      config_(config),
      log_(log),
      workshop_(std::move(workshop)),
      isolation_(workshop_ ? workshop_->server.isolation_ : MakeIsolation()),
      environments_(io, std::chrono::seconds(config.dependencies_wait_seconds)) {
  ::signal(SIGPIPE, SIG_IGN);  // a write to a child that has ended is an error like others
  if (workshop_) {
    interpreters_ = workshop_->server.interpreters_;
  } else {
    FindInterpreters(log);
  }
  PlaceEnvironments();
  PrepareFiles(log);

  policies_.emplace(MakeStoreOptions(config, isolation_), log);
  StartSpawners();
  slots_.emplace(slot_options_);
  planner_.emplace(config_, isolation_, planner_inputs_);
  CleanerOptions cleaner{trash_, static_cast<std::size_t>(config.max_workers)};
  children_ = std::make_unique<ChildMaker>(io, ChildParts{isolation_, interpreters_, *planner_, *slots_,
                                                          *spawners_, node_boot_, std::move(cleaner), log});
  parked_ = std::make_unique<ParkedChildren>(
      io, ParkedParts{*children_, *spawners_, *policies_, ParkedFor(config)});
  runner_ = std::make_unique<JailRunner>(
      io, RunnerParts{config_, isolation_, *children_, *parked_, *spawners_, *policies_,
                      workshop_ ? nullptr : &environments_, read_only_paths_, PrivatePaths(),
                      !slot_options_.host_scratch_root.empty(), log});
}

void Engine::Add(Language language, const EnvironmentLease& built) {
  const Interpreter& interpreter = built ? built->interpreter : interpreters_.at(language);
  spawners_->Add(built, ForkServersOf(language, interpreter, built));
}

void Engine::Retire(Language language, const EnvironmentLease& built) {
  spawners_->Retire(language, built);
  parked_->Retire(language, built);
}

void Engine::RunUntilDone(boost::asio::awaitable<void> task) {
  bool done = false;
  boost::asio::co_spawn(io_, std::move(task), [&done](const std::exception_ptr&) { done = true; });
  while (!done) io_.run_one();
}

void Engine::WarmUp() { RunUntilDone(spawners_->WarmUp()); }

void Engine::UseForkServers() {
  spawners_->Open([this](RunEnvironment environment, SpawnerLease spawner) {
    return runner_->Test(environment, std::move(spawner));
  });
}

void Engine::ShutDown() { RunUntilDone(runner_->Close()); }

CgroupLimits Engine::LimitsOfCgroups() const {
  CgroupLimits limits;
  limits.memory_bytes = static_cast<std::uint64_t>(RunMemoryMb(config_)) << 20;
  limits.processes = static_cast<std::uint64_t>(config_.limit_processes);
  limits.background = workshop_.has_value();
  return limits;
}

// Where cgroups cannot be made after all, the layers are not in force, and say why.
Isolation Engine::MakeIsolation() {
  Probe probe = ProbeKernel();
  Isolation isolation = ComputeIsolation(probe, config_);
  if (isolation.cgroup_version == 0) return isolation;
  try {
    cgroups_.emplace(probe.cgroups, LimitsOfCgroups());
    // All at once: what cannot be made is told here, and no run waits for it.
    for (std::uint32_t i = 0; i < SlotCount(config_); ++i) {
      cgroups_->Take(static_cast<std::uint32_t>(config_.uid_base) + i);
    }
    return isolation;
  } catch (const Error& error) {
    cgroups_.reset();
    probe.cgroups = {.reason = error.what()};
    log_.Warn("runs have no cgroups", {{"reason", error.what()}});
    return ComputeIsolation(probe, config_);
  }
}

void Engine::FindInterpreters(Logger& log) {
  const auto find = [&](Language language, std::string& path) {
    InterpreterSearch search = FindInterpreter(language, path);
    if (!search.warning.empty()) log.Warn(search.warning);
    if (!search.found) return;
    log.Info("interpreter", {{"language", LanguageName(language)},
                             {"path", search.found->path},
                             {"version", search.found->version}});
    path = search.found->path;
    interpreters_.emplace(language, std::move(*search.found));
  };
  find(Language::kPython, config_.python_path);
  find(Language::kNode, config_.nodejs_path);
  const auto node = interpreters_.find(Language::kNode);
  if (node != interpreters_.end() && !config_.nodejs_packages.empty()) {
    node->second.packages = FindPackages(config_.nodejs_packages);
  }
}

// Files of the server that are never offered to runs, whatever their permissions.
std::vector<std::string> Engine::PrivatePaths() const {
  std::vector<std::string> paths;
  for (const std::string& path : {config_.file, config_.log_path, config_.state_dir}) {
    std::error_code ignored;
    const std::string absolute = fs::absolute(path, ignored).lexically_normal().string();
    if (!path.empty() && !ignored) paths.push_back(absolute);
  }
  if (state_) paths.push_back(state_->path());
  return paths;
}

// One folder for all, so that runs see those that come later. With mounts it has a short name of its own.
void Engine::PlaceEnvironments() {
  std::error_code ignored;
  const std::string host = config_.environments_folder;
  if (workshop_ || isolation_.chroot || host.empty() || !fs::is_directory(host, ignored)) return;
  environment_folders_ = {host, isolation_.namespaces ? kEnvironmentsInTree : host};
}

// Where the files of ours and of the runs lie. With mounts everything is in the spawner's tree and in
// memory; else on disk, below the state directory.
void Engine::PrepareFiles(Logger& log) {
  std::vector<Interpreter> found;
  for (const auto& [language, interpreter] : interpreters_) found.push_back(interpreter);
  read_only_paths_ = ReadOnlyPaths(config_, found);
  const auto is_packages = [&](const std::string& path) {  // they are mounted elsewhere
    return std::ranges::any_of(found, [&](const Interpreter& one) { return one.packages == path; });
  };
  const std::vector<std::string> own_paths = workshop_ ? std::vector<std::string>() : PrivatePaths();
  for (const std::string& path : read_only_paths_) {
    if (isolation_.namespaces && !workshop_ && path.starts_with("/tmp/") && !is_packages(path)) {
      log.Warn("a path for runs lies below /tmp, where each run has its own: it will not be seen",
               {{"path", path}});
    }
    for (const std::string& own : own_paths) {
      if (!IsWithin(own, path)) continue;
      log.Warn("a path for runs holds what is the server's own: they read it where its permissions let them",
               {{"path", path}, {"own", own}});
    }
  }
  planner_inputs_.proxies = ProxyVariables(config_);
  planner_inputs_.variables = workshop_ ? workshop_->variables : planner_inputs_.variables;
  slot_options_.count = workshop_ ? 1 : SlotCount(config_);
  slot_options_.uid_base = static_cast<std::uint32_t>(config_.uid_base);
  slot_options_.own_uids = isolation_.change_ids;
  std::optional<Cgroups>& cgroups = workshop_ ? workshop_->server.cgroups_ : cgroups_;
  slot_options_.cgroups = cgroups ? &*cgroups : nullptr;
  if (workshop_ && cgroups) cgroups->SetLimits(slot_options_.uid_base, LimitsOfCgroups());
  planner_inputs_.background = workshop_.has_value();
  if (workshop_) {
    if (isolation_.chroot) {
      throw Error(
          "packages cannot be installed here: there are neither mounts nor Landlock to confine installers");
    }
    slot_options_.host_scratch_root = workshop_->host_folder;
    slot_options_.scratch_root = workshop_->folder;
    slot_options_.one_scratch = true;
  }
  node_boot_ = SupportPath("boot.js");
  node_serve_ = SupportPath("node_serve.js");
  if (isolation_.namespaces) return;

  // Processes of a run that lose their parent come to us, to be reaped.
  Check(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "PR_SET_CHILD_SUBREAPER");
  if (isolation_.change_ids) RequireThatRunsEnter(StateBase(config_.state_dir));
  state_.emplace(config_.state_dir);
  trash_ = state_->AddTrash();
  caches_ = state_->AddDirectory("caches");
  if (isolation_.chroot) {
    const std::string tree = state_->AddDirectory("tree");
    const std::string shim = SupportPath(kShimName);
    LinkTree(tree, read_only_paths_,
             {{node_boot_, WithCpus(embedded::kBootJs)}, {shim, ReadCompanion(kShimName)}});
    planner_inputs_.chroot_tree = tree;
    planner_inputs_.tmp_shim = shim;
    slot_options_.host_scratch_root = state_->AddDirectory("tree/scratch");
    slot_options_.scratch_root = "/scratch";
    return;
  }
  node_boot_ = state_->AddFile("boot.js", WithCpus(embedded::kBootJs));
  read_only_paths_.push_back(node_boot_);
  node_serve_ = state_->AddFile("node_serve.js", WithCpus(embedded::kNodeServeJs));
  read_only_paths_.push_back(node_serve_);
  planner_inputs_.tmp_shim = state_->AddFile(kShimName, ReadCompanion(kShimName));
  if (!environment_folders_.host.empty()) read_only_paths_.push_back(environment_folders_.host);
  if (workshop_) return;
  slot_options_.host_scratch_root = slot_options_.scratch_root = state_->AddDirectory("scratch");
}

SpawnerSpec Engine::ExecSpec() {
  SpawnerSpec spec;
  spec.tree =
      MakeTree(isolation_, read_only_paths_,
               {{node_boot_, WithCpus(embedded::kBootJs)}, {node_serve_, WithCpus(embedded::kNodeServeJs)}});
  spec.tree.first_uid = slot_options_.uid_base;
  spec.tree.uid_count = slot_options_.count;
  const auto has_packages = [](const auto& one) { return !one.second.packages.empty(); };
  spec.tree.packages = !environment_folders_.host.empty() || std::ranges::any_of(interpreters_, has_packages);
  spec.tree.sweeper_uid = slot_options_.uid_base + slot_options_.count;
  if (!environment_folders_.host.empty()) {
    spec.tree.mounts.push_back({environment_folders_.host, environment_folders_.runs});
  }
  if (workshop_) spec.tree.mounts.push_back({workshop_->host_folder, workshop_->folder, true});
  return spec;
}

// In the tree where there is one.
SpawnerSpec Engine::PlaceForkServer(SpawnerSpec spec, const std::string& library) const {
  spec.tree = tree_;
  spec.tree.writable_tmp = spec.kind == SpawnerKind::kPython;
  if (isolation_.namespaces) spec.tree.mounts.push_back({FindCompanion(library), SupportPath(library)});
  return spec;
}

std::string Engine::WhyCold(Language language, const Interpreter& interpreter) const {
  const bool python = language == Language::kPython;
  if (!MayWarm(config_, language)) {
    return fmt::format("{} is exec", python ? "python_spawner" : "node_spawner");
  }
  if (python) return "";
  // Workers of Node.js read node_serve.js again: in a chroot it would have another path.
  if (isolation_.chroot) return "in a chroot Node.js has no fork server";
  const auto is_this = [&](std::string_view version) { return interpreter.version.starts_with(version); };
  if (std::any_of(std::begin(kForkedNodes), std::end(kForkedNodes), is_this)) return "";
  return "the fork server is for Node.js 20 and 22, this is " + interpreter.version;
}

bool Engine::StartsAhead(Language language) const {
  return MayWarm(config_, language) && ParkedFor(config_) > 0;
}

// Not more often: whoever may ask for it makes this process start interpreters.
void Engine::Refresh(Language language) {
  constexpr auto kPause = std::chrono::seconds(5);
  const auto timer = refreshes_.try_emplace(language, io_, Clock::time_point::min()).first;
  const auto now = Clock::now();
  if (timer->second.expiry() > now) return;  // it is to come
  timer->second.expires_at(std::max(now, timer->second.expiry() + kPause));
  timer->second.async_wait([this, language](const boost::system::error_code& error) {
    if (error) return;
    spawners_->Refresh(language);
    parked_->DropCold(language);
  });
}

void Engine::TellStart(Language language, const Interpreter& interpreter) {
  const std::string reason = WhyCold(language, interpreter);
  if (reason.empty() || workshop_) return;
  log_.Info(StartsAhead(language) ? "runs are started ahead, not forked" : "runs start cold",
            {{"language", LanguageName(language)}, {"reason", reason}});
}

std::map<RunEnvironment, SpawnerSpec> Engine::ForkServersOf(Language language, const Interpreter& interpreter,
                                                            const EnvironmentLease& built) const {
  std::map<RunEnvironment, SpawnerSpec> all;
  if (!WhyCold(language, interpreter).empty()) return all;
  const std::string shim = planner_inputs_.chroot_tree + planner_inputs_.tmp_shim;
  const std::string scratch = isolation_.namespaces ? "/tmp" : "";
  const bool python = language == Language::kPython;
  const std::string name = python ? kPythonLibrary : kNodeLibrary;
  const std::string library = isolation_.namespaces ? SupportPath(name) : FindCompanion(name);
  for (const bool network : {false, true}) {
    if (network && !config_.enable_network) continue;
    const ForkServerInputs inputs{config_, interpreter, library, node_serve_,
                                  scratch, caches_,     shim,    network};
    SpawnerSpec spec = python ? PythonForkServer(inputs) : NodeForkServer(inputs);
    all.emplace(RunEnvironment{language, network, built}, PlaceForkServer(std::move(spec), name));
  }
  return all;
}

void Engine::StartSpawners() {
  planner_inputs_.read_only_paths = read_only_paths_;
  SpawnersOptions options;
  options.program = FindCompanion("sandgate-spawner");
  options.exec = ExecSpec();
  tree_ = options.exec.tree;
  for (const auto& [language, interpreter] : interpreters_) {
    TellStart(language, interpreter);
    if (StartsAhead(language)) options.ahead.insert(language);
    options.fork_servers.merge(ForkServersOf(language, interpreter, nullptr));
  }
  options.recycle_runs = static_cast<std::uint64_t>(config_.recycle_runs);
  options.recycle_after = std::chrono::minutes(config_.recycle_minutes);
  spawners_ = std::make_unique<Spawners>(io_, std::move(options), log_);
  spawners_->Start();
}

}  // namespace sandgate
