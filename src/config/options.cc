// SPDX-License-Identifier: Apache-2.0
// The rows of the table of options. Names and defaults of the first rows (up to the time zone) are those of
// dify-sandbox, so that a configuration written for it works unchanged; the others are our own.
#include "config/options.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "config/assign.h"
#include "config/keys.h"
#include "config/values.h"

namespace sandgate {

namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;
constexpr std::int64_t kMaxMegabytes = std::int64_t{1} << 20;
constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 24 * kHour;

// As in sandbox/isolation.cc, whose test compares them.
constexpr std::string_view kModesAndLayers =
    "full,container,rootless,mount_ns,pid_ns,ipc_ns,uts_ns,net_ns,readonly_root,tmpfs,user_ns,procfs,"
    "landlock_fs,landlock_net,landlock_scope,chroot,unique_uid,private_scratch,rlimits,cgroup_memory,"
    "cgroup_pids,cgroup_cpu,no_capabilities,no_new_privs,seccomp";

constexpr Option kOptions[] = {
    {.key = "app.port",
     .env = "SANDBOX_PORT",
     .member = &Config::port,
     .kind = Kind::kWhole,
     .fallback = "8194",
     .min = 0,
     .max = 65535,
     .doc = "TCP port to listen on; 0: the kernel chooses a free one."},
    {.key = "app.debug",
     .env = "DEBUG",
     .member = &Config::debug,
     .kind = Kind::kBool,
     .fallback = "true",
     .doc = "Write log lines of level debug too."},
    {.key = "app.key",
     .env = "API_KEY",
     .member = &Config::key,
     .kind = Kind::kSecret,
     .fallback = kPublishedKey,
     .doc = "The key that clients send as `X-Api-Key`. An empty key is refused at start."},
    {.key = "app.admin_key",
     .env = "ADMIN_KEY",
     .member = &Config::admin_key,
     .kind = Kind::kOptionalSecret,
     .doc = "The key for `POST /v1/sandbox/trace`, another than `app.key`; without it there is no such "
            "route."},
    {.key = "keys",
     .member = &Config::keys,
     .kind = Kind::kKeys,
     .doc = "More API keys, each with bounds of its own; only in the file. See [below](#fields-of-keys)."},
    {.key = "max_workers",
     .env = "MAX_WORKERS",
     .member = &Config::max_workers,
     .kind = Kind::kWhole,
     .fallback = "4",
     .min = 1,
     .max = 1024,
     .doc = "Runs at the same time."},
    {.key = "max_requests",
     .env = "MAX_REQUESTS",
     .member = &Config::max_requests,
     .kind = Kind::kWhole,
     .fallback = "50",
     .min = 1,
     .max = 100000,
     .doc = "Run requests under way, queued ones included; one more is answered 503."},
    {.key = "worker_timeout",
     .env = "WORKER_TIMEOUT",
     .member = &Config::worker_timeout,
     .kind = Kind::kWhole,
     .fallback = "5",
     .min = 1,
     .max = kDay,
     .doc = "Seconds that one run may take. Time in the queue does not count."},
    {.key = "python_path",
     .env = "PYTHON_PATH",
     .member = &Config::python_path,
     .fallback = "/opt/python/bin/python3",
     .doc = "The Python interpreter."},
    {.key = "python_lib_path",
     .env = "PYTHON_LIB_PATH",
     .member = &Config::python_lib_path,
     .kind = Kind::kTexts,
     .doc = "More files and folders that runs may read, like read_only_paths. Those of the interpreter "
            "itself are "
            "found by asking it."},
    {.env = "SYSTEM_LIB_REQUIREMENTS",
     .member = &Config::system_lib_requirements,
     .kind = Kind::kTexts,
     .doc = "More files and folders of the system that runs may read, added to the built-in list."},
    {.key = "python_pip_mirror_url",
     .env = "PIP_MIRROR_URL",
     .member = &Config::python_pip_mirror_url,
     .kind = Kind::kUrl,
     .doc = "Package index that pip uses. A password in it reaches the installer only."},
    {.key = "python_deps_update_interval",
     .env = "PYTHON_DEPS_UPDATE_INTERVAL",
     .member = &Config::python_deps_update_interval,
     .kind = Kind::kDuration,
     .fallback = "0",
     .doc = "How often all packages are installed anew, for versions that the files leave open; 0: only when "
            "they change or somebody asks for it."},
    {.key = "nodejs_path",
     .env = "NODEJS_PATH",
     .member = &Config::nodejs_path,
     .fallback = "/usr/local/bin/node",
     .doc = "The Node.js interpreter."},
    {.key = "nodejs_packages",
     .env = "SANDGATE_NODEJS_PACKAGES",
     .member = &Config::nodejs_packages,
     .doc = "Folder that holds a folder `node_modules`, from which Node.js runs import packages with require "
            "and import, as a script in that folder would. Runs may read it. The server refuses to start "
            "without it."},
    {.key = "npm_registry",
     .env = "NPM_REGISTRY",
     .member = &Config::npm_registry,
     .kind = Kind::kUrl,
     .doc = "Package registry that npm uses."},
    {.key = "dependencies.folder",
     .env = "SANDGATE_DEPENDENCIES",
     .member = &Config::dependencies_folder,
     .doc = "Folder of the files that name packages; empty: `/dependencies` where that exists, else "
            "`dependencies` beside the folder `conf` of the configuration file, or beside the file."},
    {.key = "dependencies.python_requirements",
     .member = &Config::python_requirements,
     .fallback = "python-requirements.txt",
     .doc = "The Python packages, as pip's requirements file; looked for in that folder."},
    {.key = "dependencies.package_json",
     .member = &Config::package_json,
     .fallback = "package.json",
     .doc = "The Node.js packages; the lock file is beside it."},
    {.key = "dependencies.offline",
     .env = "SANDGATE_DEPENDENCIES_OFFLINE",
     .member = &Config::dependencies_offline,
     .kind = Kind::kBool,
     .fallback = "false",
     .doc = "Install from `wheels` and `npm-cache` in that folder and ask no index."},
    {.key = "dependencies.wait_seconds",
     .member = &Config::dependencies_wait_seconds,
     .kind = Kind::kWhole,
     .fallback = "10",
     .min = 0,
     .max = kHour,
     .doc = "Seconds that a run waits while packages are installed for the first time; then it is answered "
            "503."},
    {.key = "dependencies.install_timeout",
     .member = &Config::install_timeout,
     .kind = Kind::kWhole,
     .fallback = "600",
     .min = 1,
     .max = kDay,
     .doc = "Seconds that installing may take."},
    {.key = "dependencies.install_mb",
     .member = &Config::install_mb,
     .kind = Kind::kWhole,
     .fallback = "4096",
     .min = 1,
     .max = kMaxMegabytes,
     .doc = "Size of one environment, with what its installation needs meanwhile, in MiB."},
    {.key = "dependencies.memory_mb",
     .member = &Config::install_memory_mb,
     .kind = Kind::kWhole,
     .fallback = "2048",
     .min = 64,
     .max = kMaxMegabytes,
     .doc = "Private writable memory of each process of the installer, in MiB."},
    {.key = "environments",
     .member = &Config::environments,
     .kind = Kind::kEnvironments,
     .doc = "More environments, which requests ask for by name; only in the file. See "
            "[below](#fields-of-environments)."},
    {.key = "enable_network",
     .env = "ENABLE_NETWORK",
     .member = &Config::enable_network,
     .kind = Kind::kBool,
     .fallback = "true",
     .doc = "Runs may use the network. When off, a request that asks for the network is refused."},
    {.key = "enable_preload",
     .env = "ENABLE_PRELOAD",
     .member = &Config::enable_preload,
     .kind = Kind::kBool,
     .fallback = "false",
     .doc = "Run a request's `preload` before its code; when off it is left out."},
    {.key = "allowed_syscalls",
     .env = "ALLOWED_SYSCALLS",
     .member = &Config::allowed_syscalls,
     .kind = Kind::kSyscalls,
     .doc = "System calls that runs may make in addition to the built-in policy. Usually none are needed."},
    {.key = "log_path",
     .member = &Config::log_path,
     .fallback = "./logs",
     .doc = "Folder of the log file `app.log`, or, when it ends in `.log`, the file itself. It is rotated "
            "at 100 MiB, with 30 old files."},
    {.key = "proxy.socks5",
     .env = "SOCKS5_PROXY",
     .member = &Config::socks5_proxy,
     .kind = Kind::kProxy,
     .doc = "SOCKS5 proxy for user code; takes the place of both other proxies."},
    {.key = "proxy.https",
     .env = "HTTPS_PROXY",
     .member = &Config::https_proxy,
     .kind = Kind::kProxy,
     .doc = "Proxy that user code gets as `HTTPS_PROXY`."},
    {.key = "proxy.http",
     .env = "HTTP_PROXY",
     .member = &Config::http_proxy,
     .kind = Kind::kProxy,
     .doc = "Proxy that user code gets as `HTTP_PROXY`."},
    {.key = "proxy.no_proxy",
     .env = "NO_PROXY",
     .member = &Config::no_proxy,
     .doc = "Hosts that user code reaches without a proxy, separated by commas."},
    {.key = "language",
     .env = "SANDGATE_LANGUAGE",
     .member = &Config::language,
     .kind = Kind::kChoice,
     .fallback = "en",
     .choices = "en,zh",
     .doc = "Language of explanations, where a request does not ask for one with `Accept-Language`."},
    {.env = "TZ", .member = &Config::tz, .doc = "Time zone of the server, handed to user code."},

    {.key = "python_spawner",
     .env = "SANDGATE_PYTHON_SPAWNER",
     .member = &Config::python_spawner,
     .kind = Kind::kChoice,
     .fallback = "auto",
     .choices = "auto,exec",
     .doc = "How Python runs start: auto: by forking a warmed interpreter, exec: by starting one for each."},
    {.key = "node_spawner",
     .env = "SANDGATE_NODE_SPAWNER",
     .member = &Config::node_spawner,
     .kind = Kind::kChoice,
     .fallback = "auto",
     .choices = "auto,exec",
     .doc = "How Node.js runs start, like python_spawner."},
    {.key = "warm_up",
     .env = "SANDGATE_WARM_UP",
     .member = &Config::warm_up,
     .kind = Kind::kChoice,
     .fallback = "at_start",
     .choices = "at_start,at_first_run",
     .doc = "When interpreters are warmed: `at_start`: all of them, when the server starts, and the lists of "
            "packages are asked for; `at_first_run`: each with the first run of its language and network "
            "access, "
            "which waits for it."},
    {.key = "warm_modules",
     .env = "SANDGATE_WARM_MODULES",
     .member = &Config::warm_modules,
     .kind = Kind::kTexts,
     .fallback = "default",
     .doc = "Python modules that a warmed interpreter has imported; `default` stands for the built-in list, "
            "which holds more where there is a network."},
    {.key = "parked_children",
     .env = "SANDGATE_PARKED_CHILDREN",
     .member = &Config::parked_children,
     .kind = Kind::kWhole,
     .fallback = "2",
     .min = 0,
     .max = 64,
     .doc = "Confined children that wait for code, for each language with and without network; at most "
            "max_workers, and one "
            "where interpreters are not forked."},
    {.key = "recycle_runs",
     .member = &Config::recycle_runs,
     .kind = Kind::kWhole,
     .fallback = "5000",
     .min = 0,
     .max = 1000000000,
     .doc = "Runs after which a warmed interpreter is replaced by a new one; 0: never."},
    {.key = "recycle_minutes",
     .member = &Config::recycle_minutes,
     .kind = Kind::kWhole,
     .fallback = "30",
     .min = 0,
     .max = 525600,
     .doc = "Minutes after which a warmed interpreter is replaced by a new one; 0: never."},
    {.key = "read_only_paths",
     .member = &Config::read_only_paths,
     .kind = Kind::kPaths,
     .doc = "More files and folders that runs may read."},
    {.key = "allow_processes",
     .member = &Config::allow_processes,
     .kind = Kind::kBool,
     .fallback = "false",
     .doc = "Runs may start other programs."},
    {.key = "allow_hazardous_syscalls",
     .member = &Config::allow_hazardous_syscalls,
     .kind = Kind::kBool,
     .fallback = "false",
     .doc = "Entries of `allowed_syscalls` that can break the isolation are allowed too, not left out."},
    {.key = "profile",
     .member = &Config::profile,
     .doc = "The profile of every run that asks for none: a file of that name in `profiles.folder`, which "
            "adds calls to the policy. `sandgate trace --save` writes one."},
    {.key = "profiles.folder",
     .member = &Config::profiles_folder,
     .fallback = "profiles",
     .doc = "Folder of the profiles, `NAME.yaml` each; a relative one is looked for beside the "
            "configuration file."},
    {.key = "profiles.in_requests",
     .member = &Config::profiles_in_requests,
     .kind = Kind::kBool,
     .fallback = "false",
     .doc = "A request may choose its profile with the field `profile`; when off, such a request is "
            "refused."},
    {.key = "isolation.mode",
     .member = &Config::isolation_mode,
     .kind = Kind::kChoice,
     .fallback = "auto",
     .choices = "auto,full,container,rootless",
     .doc = "The isolation to use; auto: the best that works here."},
    {.key = "isolation.require",
     .member = &Config::isolation_require,
     .kind = Kind::kChoices,
     .choices = kModesAndLayers,
     .doc = "Modes or layers without which the server refuses to start."},
    {.key = "isolation.uid_base",
     .member = &Config::uid_base,
     .kind = Kind::kWhole,
     .fallback = "10000",
     .min = 1000,
     .max = 2000000000,
     .doc = "The first of the user ids given to runs, one for each worker and each child that waits."},
    {.key = "limits.stdout_bytes",
     .member = &Config::limit_stdout_bytes,
     .kind = Kind::kSize,
     .fallback = "8MiB",
     .min = 1,
     .max = kGiB,
     .doc = "Standard output of one run; more ends the run."},
    {.key = "limits.stderr_bytes",
     .member = &Config::limit_stderr_bytes,
     .kind = Kind::kSize,
     .fallback = "8MiB",
     .min = 1,
     .max = kGiB,
     .doc = "Standard error of one run; more ends the run."},
    {.key = "limits.cpu_seconds",
     .member = &Config::limit_cpu_seconds,
     .kind = Kind::kWhole,
     .fallback = "0",
     .min = 0,
     .max = kDay,
     .doc = "Seconds of processor time of one run, all its threads and processes together; 0: as much as "
            "worker_timeout leaves."},
    {.key = "limits.memory_mb",
     .member = &Config::limit_memory_mb,
     .kind = Kind::kWhole,
     .fallback = "1024",
     .min = 16,
     .max = kMaxMegabytes,
     .doc = "Private writable memory of each process of a run, in MiB (RLIMIT_DATA)."},
    {.key = "limits.run_memory_mb",
     .member = &Config::limit_run_memory_mb,
     .kind = Kind::kWhole,
     .fallback = "-1",
     .min = -1,
     .max = kMaxMegabytes,
     .doc =
         "Memory of one run as a whole, in MiB: all its processes, shared memory and files in memory, where "
         "the server may make cgroups; -1: half as much again as limits.memory_mb, and limits.scratch_mb; 0: "
         "no such limit."},
    {.key = "limits.processes",
     .member = &Config::limit_processes,
     .kind = Kind::kWhole,
     .fallback = "256",
     .min = 1,
     .max = 32768,
     .doc =
         "Processes and threads of one run. If it is not set, a run that may start processes has 32 for each "
         "processor, 64 to 256 in all. One that has more than eight for each, or starts one after the other, "
         "gets a "
         "tenth of one while others run beside it (Linux 6.18)."},
    {.key = "limits.open_files",
     .member = &Config::limit_open_files,
     .kind = Kind::kWhole,
     .fallback = "1024",
     .min = 16,
     .max = 1 << 20,
     .doc = "Files that one process of a run may have open."},
    {.key = "limits.file_mb",
     .member = &Config::limit_file_mb,
     .kind = Kind::kWhole,
     .fallback = "64",
     .min = 1,
     .max = kMaxMegabytes,
     .doc = "Size of one file that a run writes, in MiB."},
    {.key = "limits.scratch_mb",
     .member = &Config::limit_scratch_mb,
     .kind = Kind::kWhole,
     .fallback = "64",
     .min = 1,
     .max = kMaxMegabytes,
     .doc = "Scratch space of one run, in MiB. Without a tmpfs for each run (mode full) it is looked at four "
            "times a second, and a run that holds more is ended."},
    {.key = "limits.scratch_files",
     .member = &Config::limit_scratch_files,
     .kind = Kind::kWhole,
     .fallback = "65536",
     .min = 16,
     .max = 1 << 24,
     .doc = "Files and folders in the scratch space of one run; kept to like limits.scratch_mb."},
    {.key = "limits.denied_calls",
     .member = &Config::limit_denied_calls,
     .kind = Kind::kWhole,
     .fallback = "1000",
     .min = 1,
     .max = 1000000,
     .doc = "Refused system calls of one run; more end the run."},
    {.key = "server.address",
     .member = &Config::address,
     .kind = Kind::kAddress,
     .fallback = "0.0.0.0",
     .doc = "IP address to listen on."},
    {.key = "server.max_body_bytes",
     .member = &Config::max_body_bytes,
     .kind = Kind::kSize,
     .fallback = "32MiB",
     .min = 1024,
     .max = kGiB,
     .doc = "Body of one request; a larger one is answered 413. Those that arrive at the same time have 16 "
            "times as much together; beyond it the slowest is closed."},
    {.key = "server.header_timeout",
     .member = &Config::header_timeout,
     .kind = Kind::kWhole,
     .fallback = "10",
     .min = 1,
     .max = kHour,
     .doc = "Seconds within which a request's headers must have arrived."},
    {.key = "server.body_timeout",
     .member = &Config::body_timeout,
     .kind = Kind::kWhole,
     .fallback = "60",
     .min = 1,
     .max = kHour,
     .doc = "Seconds within which a request's body must have arrived, and within which a client must have "
            "taken an answer; one more for each 64 KiB of it."},
    {.key = "server.idle_timeout",
     .member = &Config::idle_timeout,
     .kind = Kind::kWhole,
     .fallback = "75",
     .min = 1,
     .max = kHour,
     .doc = "Seconds after which a connection without a request is closed."},
    {.key = "server.drain_timeout",
     .member = &Config::drain_timeout,
     .kind = Kind::kWhole,
     .fallback = "30",
     .min = 0,
     .max = kHour,
     .doc = "Seconds that runs under way get to finish when the server stops; then they are ended and "
            "answered 503."},
    {.key = "metrics.enabled",
     .member = &Config::metrics_enabled,
     .kind = Kind::kBool,
     .fallback = "true",
     .doc = "Answer `GET /metrics`, for Prometheus, to whoever has `app.key`, `app.admin_key` or "
            "`metrics.key`."},
    {.key = "metrics.public",
     .member = &Config::metrics_public,
     .kind = Kind::kBool,
     .fallback = "false",
     .doc = "Answer it to everybody who reaches the port."},
    {.key = "metrics.key",
     .env = "SANDGATE_METRICS_KEY",
     .member = &Config::metrics_key,
     .kind = Kind::kOptionalSecret,
     .doc = "A key that opens `GET /metrics` and nothing else."},
    {.key = "ready.languages",
     .env = "SANDGATE_READY_LANGUAGES",
     .member = &Config::ready_languages,
     .kind = Kind::kChoices,
     .fallback = "python3,nodejs",
     .choices = "python3,nodejs",
     .doc = "Languages in which a program must run for `GET /ready` to answer 200."},
    {.key = "state_dir",
     .member = &Config::state_dir,
     .doc = "Folder for environments, and for scratch directories where no tmpfs can be mounted; empty: "
            "/var/lib/sandgate, else below /tmp."},
};

}  // namespace

bool IsSecret(const Option& option) {
  return option.kind == Kind::kSecret || option.kind == Kind::kOptionalSecret;
}

std::span<const Option> Options() { return kOptions; }

std::string Expected(const Option& option) {
  switch (option.kind) {
    case Kind::kBool:
      return "true or false";
    case Kind::kWhole:
      return fmt::format("a whole number from {} to {}", option.min, option.max);
    case Kind::kSize:
      return fmt::format("a size from {} to {}, such as 512KiB or 8MiB", SizeText(option.min),
                         SizeText(option.max));
    case Kind::kText:
      return "one line of text";
    case Kind::kUrl:
      return "an address that begins with http://, https:// or file://";
    case Kind::kAddress:
      return "an IP address such as 0.0.0.0, 127.0.0.1 or ::";
    case Kind::kProxy:
      return "a proxy such as http://proxy:3128 (http, https, socks4, socks4a, socks5 or socks5h)";
    case Kind::kSecret:
    case Kind::kOptionalSecret:
      return "a usable key: one line of text, not empty, without spaces at its ends";
    case Kind::kChoice:
      return fmt::format("one of {}", fmt::join(SplitList(option.choices, ','), ", "));
    case Kind::kDuration:
      return "a duration such as 30m, 1h30m or 0";
    case Kind::kTexts:
      return "a list of texts, or one text with commas";
    case Kind::kPaths:
      return "a list of absolute paths below / (which itself would show the whole machine)";
    case Kind::kChoices:
      return fmt::format("a list of some of {}", fmt::join(SplitList(option.choices, ','), ", "));
    case Kind::kSyscalls:
      return "a list of system calls, each a number or a name in lower-case letters";
    case Kind::kKeys:
      return "a list of maps, each with name and key";
    case Kind::kEnvironments:
      return "a map of environments, each a map with python_requirements or package_json";
  }
  return "";
}

Config DefaultConfig() {
  Config config;
  for (const Option& option : Options()) {
    if (option.fallback.empty()) continue;
    if (Assign(option, RawValue::Text(option.fallback), Origin::kDefault, config)) {
      throw Error(
          fmt::format("table of options: the default of {} is not {}", option.name(), Expected(option)));
    }
  }
  return config;
}

}  // namespace sandgate
