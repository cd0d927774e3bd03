// SPDX-License-Identifier: Apache-2.0
#include "spawner/node_platform.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>

#include "base/error.h"
#include "base/fd.h"

namespace sandgate::node {

namespace {

constexpr int kMaxWorkers = 64;
// V8 needs one for what it does not do on the main thread; each further one makes every run slower to start.
constexpr int kWorkersOfRun = 1;
// The main one, and one that waits for SIGUSR1 on a semaphore all its life and holds nothing.
constexpr int kHarmlessThreads = 2;

// The WorkerThreads of a platform. Its place in the object differs between versions, but it is held by a
// std::shared_ptr: a pointer to the object, and one to a holder that contains it and has a vtable that node
// exports. Nothing else looks like that.
WorkerThreads* FindWorkers(const Abi& abi, Platform* platform) {
  constexpr std::size_t kHolderHead = 2 * sizeof(void*);  // vtable, two counters
  constexpr std::size_t kVtableHead = 2;                  // offset to top, type
  const auto* words = reinterpret_cast<char* const*>(platform);
  const std::size_t count = ::malloc_usable_size(platform) / sizeof(void*);
  for (std::size_t i = 0; i + 1 < count; ++i) {
    char* object = words[i];
    char* holder = words[i + 1];
    if (object == nullptr || holder + kHolderHead != object) continue;
    const void* vtable = nullptr;
    std::memcpy(&vtable, holder, sizeof vtable);
    if (vtable == abi.workers_holder + kVtableHead) return reinterpret_cast<WorkerThreads*>(object);
  }
  throw Error("the worker threads were not found in node's platform");
}

int CountThreads(int proc_self) {
  DIR* tasks =
      ::fdopendir(Check(::openat(proc_self, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open task"));
  int count = 0;
  while (const dirent* entry = ::readdir(tasks)) count += entry->d_name[0] != '.' ? 1 : 0;
  ::closedir(tasks);
  return count;
}

// A thread that has been joined is listed for a moment more.
int CountThreadsThatStay(int proc_self) {
  int count = CountThreads(proc_self);
  for (int tries = 0; count > kHarmlessThreads && tries < 200; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    count = CountThreads(proc_self);
  }
  return count;
}

struct CloseFile {
  void operator()(FILE* file) const { std::fclose(file); }
};

void MakeInheritable(int proc_self) {
  const std::unique_ptr<FILE, CloseFile> maps(
      ::fdopen(Check(::openat(proc_self, "smaps", O_RDONLY | O_CLOEXEC), "open smaps"), "re"));
  std::array<char, 4096> line;
  unsigned long start = 0;
  unsigned long end = 0;
  while (std::fgets(line.data(), line.size(), maps.get()) != nullptr) {
    unsigned long from = 0;
    unsigned long to = 0;
    if (std::sscanf(line.data(), "%lx-%lx ", &from, &to) == 2) {
      start = from;
      end = to;
    } else if (std::strncmp(line.data(), "VmFlags:", 8) == 0 && std::strstr(line.data(), " dc") != nullptr) {
      Check(::madvise(reinterpret_cast<void*>(start), end - start, MADV_DOFORK), "MADV_DOFORK");
    }
  }
}

}  // namespace

PlatformThreads::PlatformThreads(const Abi& abi, Environment* environment)
    : abi_(abi), platform_(abi.get_platform(environment)), workers_(FindWorkers(abi, platform_)) {
  const int count = abi.count_workers(workers_);
  if (count < 1 || count > kMaxWorkers) {
    throw Error("node's platform tells of " + std::to_string(count) + " worker threads");
  }
}

void PlatformThreads::Quiesce(Isolate* isolate, int proc_self) {
  abi_.drain_tasks(platform_, isolate);
  abi_.shut_down_workers(workers_);
  const int threads = CountThreadsThatStay(proc_self);
  if (threads > kHarmlessThreads) {
    throw Error(std::to_string(threads) + " threads are left: a module that was warmed has started one");
  }
  MakeInheritable(proc_self);
}

void PlatformThreads::Restart() const { abi_.construct_workers(workers_, kWorkersOfRun, 0); }

}  // namespace sandgate::node
