// SPDX-License-Identifier: Apache-2.0
// sandgate-node: the library that makes a stock node program a fork server. It is loaded by node_serve.js,
// which warms node up and then calls serve(). That call returns in the children only, each time in another
// process, confined and with threads, randomness and descriptors of its own; node goes on there as if it
// had just started. Nothing of node is patched.
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "jail/jail.h"
#include "spawner/code_mappings.h"
#include "spawner/end_run.h"
#include "spawner/napi.h"
#include "spawner/node_abi.h"
#include "spawner/node_platform.h"
#include "spawner/private_fds.h"
#include "spawner/protocol.h"
#include "spawner/serve.h"

namespace {

namespace node = sandgate::node;
using sandgate::Error;
using sandgate::Fd;

constexpr int kRunOnceNoWait = 2;   // UV_RUN_NOWAIT
constexpr int kIdleHandle = 6;      // UV_IDLE
constexpr int kTimerHandle = 13;    // UV_TIMER
constexpr int kFullCollection = 0;  // v8::Isolate::kFullGarbageCollection
constexpr int kCannotServe = 1;

// What a child takes over from its plan; the packet that holds the plan does not outlive the serve loop.
struct ChildStart {
  std::string scratch;
  std::string main;
  std::vector<std::string> environment;
};

// The only object of this library: there is one spawner, or one child, in a process.
struct Spawner {
  node::Abi abi{};
  node::Isolate* isolate = nullptr;
  node::Environment* environment = nullptr;
  node::Loop* loop = nullptr;
  std::unique_ptr<node::PlatformThreads> threads;
  sandgate::PrivateFds fds;
  ChildStart start;
  std::unique_ptr<char[]> idle;
};
Spawner spawner;

// As node ends, without tearing itself down: that takes longer than most runs, and nobody would see it.
[[noreturn]] void EndProcess(int status) {
  spawner.abi.shut_down_library();  // what the thread pool has begun is finished first
  sandgate::EndRun(status);
}

// The event loop of a child, from its first turn on. Node itself would tear down afterwards.
void RunToTheEnd(void* idle) {
  spawner.abi.stop_idle(idle);
  const node::MaybeInt status = spawner.abi.spin_event_loop(spawner.environment);
  EndProcess(status.has_value ? status.value : 1);
}

void RememberStart(const sandgate::JailPlan& plan) {
  spawner.start.scratch = plan.scratch;
  for (char* const* argument = plan.argv.data(); *argument != nullptr; ++argument) {
    spawner.start.main = *argument;
  }
  for (char* const* variable = plan.envp.data(); *variable != nullptr; ++variable) {
    spawner.start.environment.emplace_back(*variable);
  }
}

// V8's generator is a copy of the spawner's, and so is OpenSSL's: it notices a fork by a new process id, and
// ids repeat between pid namespaces.
bool Reseed() {
  long seed = 0;
  std::array<unsigned char, 64> entropy{};
  if (::getrandom(&seed, sizeof seed, 0) != sizeof seed) return false;
  if (::getrandom(entropy.data(), entropy.size(), 0) != static_cast<ssize_t>(entropy.size())) return false;
  spawner.abi.set_seed(spawner.abi.get_random(spawner.isolate), seed);
  spawner.abi.add_entropy(entropy.data(), static_cast<int>(entropy.size()), entropy.size());
  return spawner.abi.poll_entropy() == 1;
}

void TakeEnvironment() {
  ::clearenv();
  for (std::string& variable : spawner.start.environment) ::putenv(variable.data());
}

// The first things a child does after its jail. False: it cannot go on.
bool BecomeNode() {
  if (!spawner.fds.Recreate() || !Reseed()) return false;
  spawner.threads->Restart();
  TakeEnvironment();
  spawner.idle = std::make_unique<char[]>(spawner.abi.handle_size(kIdleHandle));
  spawner.abi.set_exit_handler(spawner.environment,
                               [](node::Environment*, int status) { EndProcess(status); });
  return spawner.abi.init_idle(spawner.loop, spawner.idle.get()) == 0 &&
         spawner.abi.start_idle(spawner.idle.get(), RunToTheEnd) == 0;
}

// After a collection V8 plans another one for when it has been idle for 8 s: in a spawner that is older, each
// child would begin with it (20 ms). Nothing else is planned when what was warmed up has settled.
void ForgetPlannedTasks() {
  const auto stop = [](void* handle, void*) {
    if (spawner.abi.handle_type(handle) == kTimerHandle) spawner.abi.stop_timer(handle);
  };
  spawner.abi.walk_handles(spawner.loop, stop, nullptr);
}

// Everything that has to be done while node still may allocate and run; throws Error when it cannot serve.
void GetReady(int proc_self, int socket) {
  spawner.abi.set_flags("--expose-gc");
  // Twice: what the first one has moved is where it will stay after the second.
  spawner.abi.collect_garbage(spawner.isolate, kFullCollection);
  spawner.abi.collect_garbage(spawner.isolate, kFullCollection);
  spawner.abi.set_flags("--no-expose-gc");
  spawner.threads->Quiesce(spawner.isolate, proc_self);
  ForgetPlannedTasks();
  spawner.fds.Remember(proc_self, sandgate::kControlFd + 1, {proc_self, socket, sandgate::kEmptyNetworkFd});
  sandgate::JoinMappings();
  sandgate::MoveCodeToLargePages(reinterpret_cast<const void*>(&napi_create_string_utf8));
}

void Find(napi_env env) {
  const std::string missing = node::FindAbi(spawner.abi);
  if (!missing.empty()) throw Error("this node does not have " + missing);
  spawner.isolate = spawner.abi.get_isolate();
  spawner.environment = spawner.abi.get_environment(spawner.abi.get_context(spawner.isolate));
  if (napi_get_uv_event_loop(env, reinterpret_cast<uv_loop_s**>(&spawner.loop)) != napi_ok) {
    throw Error("node does not tell its event loop");
  }
  spawner.threads = std::make_unique<node::PlatformThreads>(spawner.abi, spawner.environment);
}

// Serves until the server goes; returns in a child.
void Serve(Fd socket, Fd proc_self) {
  std::string failure;
  try {
    GetReady(proc_self.get(), socket.get());
  } catch (const Error& error) {
    failure = error.what();
  }
  proc_self.reset();
  sandgate::TellReady(socket.get(), failure, "");
  if (!failure.empty()) ::_exit(kCannotServe);
  const sandgate::SpawnerHooks hooks{.child_main = RememberStart,
                                     .forks_interpreter = true,
                                     .child_returns = true,
                                     .empty_network = sandgate::kEmptyNetworkFd,
                                     .after_fork_child = [] {}};  // all there is to do is done later
  const sandgate::Served served = sandgate::ServeSpawner(std::move(socket), hooks);
  if (!served.in_child) ::_exit(served.status);
}

napi_value String(napi_env env, const std::string& text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &value);
  return value;
}

// serve(): see the top. Returns [cwd, main script].
napi_value CallServe(napi_env env, napi_callback_info) {
  try {
    Fd proc_self(sandgate::Check(::fcntl(sandgate::kProcSelfFd, F_DUPFD_CLOEXEC, sandgate::kControlFd + 1),
                                 "/proc/self of the spawner"));
    Serve(sandgate::TakeServerSocket(), std::move(proc_self));
  } catch (const Error&) {
    ::_exit(kCannotServe);  // the server sees end of file and says so
  }
  if (!BecomeNode()) ::_exit(127);
  napi_value result = nullptr;
  napi_create_array_with_length(env, 2, &result);
  napi_set_element(env, result, 0, String(env, spawner.start.scratch));
  napi_set_element(env, result, 1, String(env, spawner.start.main));
  return result;
}

// turn(): one turn of the event loop, for what warming up has left in it.
napi_value CallTurn(napi_env env, napi_callback_info) {
  napi_value alive = nullptr;
  napi_get_boolean(env, spawner.abi.run_loop(spawner.loop, kRunOnceNoWait) != 0, &alive);
  return alive;
}

// pipe(): a pair of descriptors to warm up with.
napi_value CallPipe(napi_env env, napi_callback_info) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return nullptr;
  napi_value result = nullptr;
  napi_create_array_with_length(env, 2, &result);
  for (std::uint32_t i = 0; i < 2; ++i) {
    napi_value end = nullptr;
    napi_create_int32(env, ends[i], &end);
    napi_set_element(env, result, i, end);
  }
  return result;
}

// pid(): of this process; `process` still tells the spawner's.
napi_value CallPid(napi_env env, napi_callback_info) {
  napi_value pid = nullptr;
  napi_create_int32(env, ::getpid(), &pid);
  return pid;
}

// begin(): the user's code starts now, which is when node started, as far as it can tell. Returns the time of
// the calendar in milliseconds.
napi_value CallBegin(napi_env env, napi_callback_info) {
  const std::uint64_t now = spawner.abi.hrtime();
  timespec calendar{};
  ::clock_gettime(CLOCK_REALTIME, &calendar);
  if (spawner.abi.start_time != nullptr) *spawner.abi.start_time = now;
  if (spawner.abi.process_start != nullptr) *spawner.abi.process_start = now;
  if (spawner.abi.process_start_timestamp != nullptr) {
    *spawner.abi.process_start_timestamp = calendar.tv_sec * 1e6 + calendar.tv_nsec / 1e3;
  }
  spawner.abi.update_time(spawner.loop);
  napi_value origin = nullptr;
  napi_create_double(env, calendar.tv_sec * 1e3 + calendar.tv_nsec / 1e6, &origin);
  return origin;
}

void Export(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value value = nullptr;
  napi_create_function(env, name, kNapiAutoLength, function, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env,
                                                                                     napi_value exports) {
  try {
    Find(env);
  } catch (const Error& error) {
    napi_throw_error(env, nullptr, error.what());
    return nullptr;
  }
  Export(env, exports, "serve", CallServe);
  Export(env, exports, "turn", CallTurn);
  Export(env, exports, "pipe", CallPipe);
  Export(env, exports, "pid", CallPid);
  Export(env, exports, "begin", CallBegin);
  return exports;
}
