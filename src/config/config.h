// SPDX-License-Identifier: Apache-2.0
// What the operator chose. One struct, filled from the table in options.cc by Load(); nothing else in
// the program reads the configuration file or the environment.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sandgate {

// What one run may use (limits.h names each). A request may lower them.
struct Limits {
  std::int64_t worker_timeout = 0;     // seconds
  std::int64_t limit_cpu_seconds = 0;  // 0: none
  std::int64_t limit_memory_mb = 0;
  std::int64_t limit_processes = 0;
  std::int64_t limit_open_files = 0;
  std::int64_t limit_file_mb = 0;
  std::int64_t limit_scratch_mb = 0;
  std::int64_t limit_scratch_files = 0;
  std::int64_t limit_stdout_bytes = 0;
  std::int64_t limit_stderr_bytes = 0;
  std::int64_t limit_denied_calls = 0;

  bool operator==(const Limits&) const = default;
};

// An API key beside app.key. Its name is no secret.
struct ApiKey {
  std::string name;
  std::string key;
  std::int64_t max_workers = 0;   // 0: no bound of its own
  std::int64_t max_requests = 0;  // the same
  Limits limits;                  // lower ones than the options'; 0: not given

  bool operator==(const ApiKey&) const = default;
};

// Packages that a request asks for by name.
struct NamedEnvironment {
  std::string name;
  std::string python_requirements;  // file; empty: none
  std::string package_json;         // the same

  bool operator==(const NamedEnvironment&) const = default;
};

struct Config : Limits {
  std::string file;  // that it was read from; may not exist
  // app
  std::uint16_t port = 0;
  bool debug = false;
  std::string key;
  std::string admin_key;  // empty: what needs it is off
  std::vector<ApiKey> keys;
  // capacity
  std::int64_t max_workers = 0;
  std::int64_t max_requests = 0;
  // interpreters
  std::string python_path;
  std::vector<std::string> python_lib_path;          // accepted, without effect
  std::vector<std::string> system_lib_requirements;  // instead of the built-in list; empty: that list
  std::string python_pip_mirror_url;
  std::string python_deps_update_interval;  // read it with ParseGoDuration (values.h)
  std::string nodejs_path;
  std::string nodejs_packages;  // a folder that holds node_modules; empty: none
  // packages; Load() makes the paths absolute
  std::string dependencies_folder;
  std::string python_requirements;
  std::string package_json;
  std::vector<NamedEnvironment> environments;
  std::string npm_registry;
  bool dependencies_offline = false;
  std::int64_t dependencies_wait_seconds = 0;
  std::int64_t install_timeout = 0;  // seconds
  std::int64_t install_mb = 0;
  std::int64_t install_memory_mb = 0;
  std::vector<std::pair<std::string, std::string>>
      installer_variables;                // from the environment; may be secrets
  std::string environments_folder;        // where they are built: no option, `serve` sets it; empty: none are
  std::string python_spawner;             // auto, exec
  std::string node_spawner;               // auto, exec
  std::string warm_up;                    // "at_start" or "at_first_run"
  std::vector<std::string> warm_modules;  // "default": the built-in list
  std::int64_t parked_children = 0;       // for each environment of a fork server
  std::int64_t recycle_runs = 0;          // 0: never
  std::int64_t recycle_minutes = 0;       // 0: never
  std::vector<std::string> read_only_paths;  // more files and folders that runs may read
  // what runs may do
  bool enable_network = false;
  bool enable_preload = false;
  bool allow_processes = false;
  std::vector<std::string> allowed_syscalls;  // names or numbers, as written
  bool allow_hazardous_syscalls = false;
  std::string profile;          // of every run that asks for none; empty: none
  std::string profiles_folder;  // Load() makes it a path of its own, relative to the file
  bool profiles_in_requests = false;
  // proxies handed to user code
  std::string socks5_proxy;
  std::string https_proxy;
  std::string http_proxy;
  std::string no_proxy;
  std::string tz;        // the server's TZ, handed to user code
  std::string language;  // of explanations: en, zh
  // logs
  std::string log_path;
  // isolation
  std::string isolation_mode;                  // auto, full, container, rootless
  std::vector<std::string> isolation_require;  // layers or a mode without which the server refuses to start
  std::int64_t uid_base = 0;
  std::int64_t limit_run_memory_mb = 0;  // see RunMemoryMb
  bool limit_processes_is_set = false;   // see LimitsOfServer
  // HTTP
  std::string address;
  std::int64_t max_body_bytes = 0;
  std::int64_t header_timeout = 0;  // seconds
  std::int64_t body_timeout = 0;    // seconds
  std::int64_t idle_timeout = 0;    // seconds
  std::int64_t drain_timeout = 0;   // seconds
  // what an operator sees
  bool metrics_enabled = false;
  bool metrics_public = false;
  std::string metrics_key;                   // empty: there is none
  std::vector<std::string> ready_languages;  // without which the server is not ready
  // state that outlives no run: spawner trees, scratch directories
  std::string state_dir;
};

// limits.run_memory_mb, worked out where it follows other limits; 0: none.
inline std::int64_t RunMemoryMb(const Config& config) {
  const std::int64_t followed = config.limit_memory_mb * 3 / 2 + config.limit_scratch_mb;
  return config.limit_run_memory_mb < 0 ? followed : config.limit_run_memory_mb;
}

}  // namespace sandgate
