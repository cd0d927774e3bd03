// SPDX-License-Identifier: Apache-2.0
#include "spawner/node_abi.h"

#include <dlfcn.h>

#include <initializer_list>

namespace sandgate::node {

namespace {

class Finder {
 public:
  // The first of `names` that there is.
  template <typename Pointer>
  void Find(Pointer& pointer, std::initializer_list<const char*> names) {
    FindOptional(pointer, names);
    if (pointer == nullptr && missing_.empty()) missing_ = *names.begin();
  }

  template <typename Pointer>
  void FindOptional(Pointer& pointer, std::initializer_list<const char*> names) {
    void* found = nullptr;
    for (const char* name : names) {
      if (found == nullptr) found = ::dlsym(RTLD_DEFAULT, name);
    }
    pointer = reinterpret_cast<Pointer>(found);
  }

  const std::string& missing() const { return missing_; }

 private:
  std::string missing_;
};

void FindV8(Finder& finder, Abi& abi) {
  finder.Find(abi.get_isolate, {"_ZN2v87Isolate10GetCurrentEv"});
  finder.Find(abi.get_context, {"_ZN2v87Isolate17GetCurrentContextEv"});
  finder.Find(abi.set_flags, {"_ZN2v82V818SetFlagsFromStringEPKc"});
  finder.Find(abi.collect_garbage,
              {"_ZN2v87Isolate34RequestGarbageCollectionForTestingENS0_21GarbageCollectionTypeE"});
  finder.Find(abi.get_random, {"_ZN2v88internal7Isolate23random_number_generatorEv"});
  finder.Find(abi.set_seed, {"_ZN2v84base21RandomNumberGenerator7SetSeedEl"});
}

void FindNode(Finder& finder, Abi& abi) {
  finder.Find(abi.get_environment, {"_ZN4node21GetCurrentEnvironmentEN2v85LocalINS0_7ContextEEE"});
  finder.Find(abi.get_platform, {"_ZN4node23GetMultiIsolatePlatformEPNS_11EnvironmentE"});
  finder.Find(abi.drain_tasks, {"_ZN4node12NodePlatform10DrainTasksEPN2v87IsolateE"});
  finder.Find(abi.spin_event_loop, {"_ZN4node13SpinEventLoopEPNS_11EnvironmentE"});
  finder.Find(abi.set_exit_handler,
              {"_ZN4node21SetProcessExitHandlerEPNS_11EnvironmentEOSt8functionIFvS1_iEE"});
  finder.Find(abi.shut_down_workers, {"_ZN4node23WorkerThreadsTaskRunner8ShutdownEv"});
  finder.Find(abi.count_workers, {"_ZNK4node23WorkerThreadsTaskRunner21NumberOfWorkerThreadsEv"});
  // Node 20 takes the number of threads; node 22 also an enumeration, whose 0 is "no debug output".
  finder.Find(abi.construct_workers, {"_ZN4node23WorkerThreadsTaskRunnerC1Ei",
                                      "_ZN4node23WorkerThreadsTaskRunnerC1EiNS_21PlatformDebugLogLevelE"});
  finder.Find(abi.workers_holder, {"_ZTVSt23_Sp_counted_ptr_inplaceIN4node23WorkerThreadsTaskRunnerESaIS1_"
                                   "ELN9__gnu_cxx12_Lock_policyE2EE",
                                   "_ZTVSt23_Sp_counted_ptr_inplaceIN4node23WorkerThreadsTaskRunnerESaIvE"
                                   "LN9__gnu_cxx12_Lock_policyE2EE"});
  finder.FindOptional(abi.start_time, {"_ZN4node11per_process15node_start_timeE"});
  finder.FindOptional(abi.process_start, {"_ZN4node11performance25performance_process_startE"});
  finder.FindOptional(abi.process_start_timestamp,
                      {"_ZN4node11performance35performance_process_start_timestampE"});
}

void FindLibraries(Finder& finder, Abi& abi) {
  finder.Find(abi.hrtime, {"uv_hrtime"});
  finder.Find(abi.update_time, {"uv_update_time"});
  finder.Find(abi.run_loop, {"uv_run"});
  finder.Find(abi.handle_size, {"uv_handle_size"});
  finder.Find(abi.init_idle, {"uv_idle_init"});
  finder.Find(abi.start_idle, {"uv_idle_start"});
  finder.Find(abi.stop_idle, {"uv_idle_stop"});
  finder.Find(abi.walk_handles, {"uv_walk"});
  finder.Find(abi.handle_type, {"uv_handle_get_type"});
  finder.Find(abi.stop_timer, {"uv_timer_stop"});
  finder.Find(abi.shut_down_library, {"uv_library_shutdown"});
  finder.Find(abi.add_entropy, {"RAND_add"});
  finder.Find(abi.poll_entropy, {"RAND_poll"});
}

}  // namespace

std::string FindAbi(Abi& abi) {
  Finder finder;
  FindV8(finder, abi);
  FindNode(finder, abi);
  FindLibraries(finder, abi);
  return finder.missing();
}

}  // namespace sandgate::node
