// SPDX-License-Identifier: Apache-2.0
// What the Node.js spawner uses of the node program that it is loaded into, found by name at run time: no
// header of node is needed to build it, and one build serves every version that still has these names.
//
// N-API, libuv and OpenSSL are C and stable. A few functions of node and V8 are C++: their names carry
// their parameters, so a changed one is not found, and the spawner refuses to serve.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace sandgate::node {

// Objects of node, V8 and libuv, used by address only.
struct Isolate;
struct Environment;
struct Platform;       // node::MultiIsolatePlatform, a node::NodePlatform
struct WorkerThreads;  // node::WorkerThreadsTaskRunner
struct Random;         // v8::base::RandomNumberGenerator
struct Context;
struct Loop;

// v8::Maybe<int>: a trivial class, returned as a C struct is.
struct MaybeInt {
  bool has_value;
  int value;
};

using ExitHandler = std::function<void(Environment*, int)>;

struct Abi {
  // v8
  Isolate* (*get_isolate)();
  Context* (*get_context)(Isolate*);
  void (*set_flags)(const char*);
  void (*collect_garbage)(Isolate*, int type);
  Random* (*get_random)(Isolate*);
  void (*set_seed)(Random*, long);
  // node
  Environment* (*get_environment)(Context*);
  Platform* (*get_platform)(Environment*);
  void (*drain_tasks)(Platform*, Isolate*);
  MaybeInt (*spin_event_loop)(Environment*);
  void (*set_exit_handler)(Environment*, ExitHandler&&);
  void (*shut_down_workers)(WorkerThreads*);
  int (*count_workers)(const WorkerThreads*);
  void (*construct_workers)(WorkerThreads*, int count, int debug_log_level);
  void* const* workers_holder;      // vtable of the holder in which node makes its WorkerThreads
  std::uint64_t* start_time;        // node::per_process::node_start_time, ns; or null
  std::uint64_t* process_start;     // node::performance::performance_process_start, ns
  double* process_start_timestamp;  // the same in microseconds of the calendar
  // libuv
  std::uint64_t (*hrtime)();
  void (*update_time)(Loop*);
  int (*run_loop)(Loop*, int mode);
  std::size_t (*handle_size)(int type);
  int (*init_idle)(Loop*, void* idle);
  int (*start_idle)(void* idle, void (*callback)(void*));
  int (*stop_idle)(void* idle);
  void (*walk_handles)(Loop*, void (*callback)(void* handle, void* argument), void* argument);
  int (*handle_type)(const void* handle);
  int (*stop_timer)(void* timer);
  void (*shut_down_library)();
  // OpenSSL
  void (*add_entropy)(const void*, int size, double entropy);
  int (*poll_entropy)();
};

// Fills `abi`; the name of what is missing, or nothing.
std::string FindAbi(Abi& abi);

}  // namespace sandgate::node
