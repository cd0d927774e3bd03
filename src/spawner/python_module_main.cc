// SPDX-License-Identifier: Apache-2.0
// sandgate-python.so: makes a warmed CPython a fork server. python_serve.py loads it as a module; its serve()
// runs the loop of serve.cc, and its children go on in python_child.cc.
#include <dirent.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "spawner/code_mappings.h"
#include "spawner/protocol.h"
#include "spawner/python_api.h"
#include "spawner/python_child.h"
#include "spawner/python_memory.h"
#include "spawner/serve.h"

namespace {

constexpr int kVarArgs = 1;        // METH_VARARGS
constexpr int kNoArgs = 4;         // METH_NOARGS
constexpr int kApiVersion = 1013;  // of the C API, unchanged since 3.0

// Tells the server that all is ready, or the failure, and serves; with CPython's own hooks around each fork
// where some module needs one. The status to exit with.
int Serve(const char* failure, const char* notes, bool needs_hooks) {
  sandgate::SettlePythonMemory(sandgate::kProcSelfFd);
  sandgate::JoinMappings();
  if (*failure == '\0') sandgate::MoveCodeToLargePages(reinterpret_cast<const void*>(&PyObject_Malloc));
  int status = 1;
  try {
    ::close(sandgate::kProcSelfFd);
    sandgate::Fd socket = sandgate::TakeServerSocket();
    sandgate::TellReady(socket.get(), failure, notes);
    sandgate::SpawnerHooks hooks;
    hooks.child_main = sandgate::BePythonRun;
    hooks.forks_interpreter = true;
    hooks.empty_network = sandgate::kEmptyNetworkFd;
    hooks.after_fork_child = sandgate::MapRestOfCode;
    if (needs_hooks) {
      hooks.before_fork = PyOS_BeforeFork;
      hooks.after_fork = PyOS_AfterFork_Parent;
      hooks.after_fork_child = [] {
        sandgate::MapRestOfCode();
        PyOS_AfterFork_Child();
      };
    }
    if (*failure == '\0') status = sandgate::ServeSpawner(std::move(socket), hooks).status;
  } catch (const sandgate::Error&) {
    // The server sees end of file and says so.
  }
  return status;
}

// An excepthook, for an exception that is no failure: its argument is a function that does the rest and
// returns Serve()'s arguments. Never returns. CPython calls it when the program of -c has been left, so no
// frame of ours is below a run's: not in what it sees of its stack, nor in where a warning says that it came
// from.
PyObject* ServeAsHook(PyObject*, PyObject* arguments) {
  const char* failure = nullptr;
  const char* notes = nullptr;
  int needs_hooks = 1;
  PyObject* const given = PyObject_GetAttrString(PyTuple_GetItem(arguments, 1), "args");
  PyObject* const ready = PyObject_CallObject(PyTuple_GetItem(given, 0), nullptr);
  if (ready == nullptr || PyArg_ParseTuple(ready, "ssp", &failure, &notes, &needs_hooks) == 0) {
    PyErr_Print();
    ::_exit(1);
  }
  ::_exit(Serve(failure, notes, needs_hooks != 0));
}

struct CloseDir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

// threads(): the names of this process's threads as the kernel has them; empty where there is no procfs.
PyObject* Threads(PyObject*, PyObject*) {
  PyObject* names = PyList_New(0);
  const int tasks = ::openat(sandgate::kProcSelfFd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (tasks < 0) return names;
  const std::unique_ptr<DIR, CloseDir> dir(::fdopendir(tasks));
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
    if (entry->d_name[0] == '.') continue;
    const std::string path = std::string(entry->d_name) + "/comm";
    const sandgate::Fd comm(::openat(tasks, path.c_str(), O_RDONLY | O_CLOEXEC));
    char name[32] = {};
    const ssize_t size = comm ? ::read(comm.get(), name, sizeof name - 1) : 0;
    if (size > 0 && name[size - 1] == '\n') name[size - 1] = '\0';
    PyList_Append(names, PyUnicode_DecodeFSDefault(name));
  }
  return names;
}

PyMethodDef methods[] = {{"prepare", sandgate::PreparePythonChild, kVarArgs, nullptr},
                         {"run", sandgate::RunPython, kVarArgs, nullptr},
                         {"flush", sandgate::FlushPython, kNoArgs, nullptr},
                         {"sources", sandgate::PythonSources, kNoArgs, nullptr},
                         {"serve", ServeAsHook, kVarArgs, nullptr},
                         {"threads", Threads, kNoArgs, nullptr},
                         {nullptr, nullptr, 0, nullptr}};
PyModuleDef definition = {{1, nullptr}, nullptr, 0,       nullptr, "_sandgate", nullptr,
                          -1,           methods, nullptr, nullptr, nullptr,     nullptr};

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" __attribute__((visibility("default"))) PyObject* PyInit__sandgate() {
  sandgate::PutPythonMemoryTogether();
  return PyModule_Create2(&definition, kApiVersion);
}
