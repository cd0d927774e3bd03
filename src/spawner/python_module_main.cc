// SPDX-License-Identifier: Apache-2.0
// sandgate-python.so: makes a warmed CPython a fork server. python_serve.py loads it as a module; its serve()
// runs the loop of serve.cc, and in a child calls back into Python, which reads the user's code and runs it.
//
// It uses only what every CPython from 3.8 on exports with the same meaning, declared here by hand: one build
// serves all versions, and none of their headers is needed. The layouts are those of the stable ABI; a
// free-threaded build has others and is refused by python_serve.py before this is loaded.
#include <dirent.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "spawner/protocol.h"
#include "spawner/python_code.h"
#include "spawner/python_memory.h"
#include "spawner/serve.h"

// NOLINTBEGIN(readability-identifier-naming): the names are CPython's
extern "C" {

struct PyObject {
  ssize_t reference_count;
  void* type;
};

using PyCFunction = PyObject* (*)(PyObject*, PyObject*);

struct PyMethodDef {
  const char* name;
  PyCFunction function;
  int flags;
  const char* doc;
};

struct PyModuleDef {
  PyObject base;
  PyObject* (*init)();
  ssize_t index;
  PyObject* copy;
  const char* name;
  const char* doc;
  ssize_t size;
  PyMethodDef* methods;
  void* slots;
  void* traverse;
  void* clear;
  void* free;
};

PyObject* PyModule_Create2(PyModuleDef* definition, int api_version);
int PyArg_ParseTuple(PyObject* arguments, const char* format, ...);
PyObject* PyLong_FromLong(long value);
PyObject* PyList_New(ssize_t size);
int PyList_Append(PyObject* list, PyObject* item);
PyObject* PyUnicode_DecodeFSDefault(const char* text);
PyObject* PyObject_CallFunctionObjArgs(PyObject* callable, ...);
PyObject* Py_CompileString(const char* source, const char* name, int start);
void PyErr_Print();
void PyOS_BeforeFork();
void PyOS_AfterFork_Parent();
void PyOS_AfterFork_Child();

}  // extern "C"
// NOLINTEND(readability-identifier-naming)

namespace {

constexpr int kVarArgs = 1;        // METH_VARARGS
constexpr int kApiVersion = 1013;  // of the C API, unchanged since 3.0
constexpr int kFileInput = 257;    // Py_file_input

PyObject* child_main = nullptr;  // python_serve.py's function; the loop's callback has no argument for it

std::string_view NameOf(std::string_view variable) { return variable.substr(0, variable.find('=')); }

// The variable of `environment` with the name of `variable`, or null.
const char* Find(char* const* environment, std::string_view variable) {
  for (; *environment != nullptr; ++environment) {
    if (NameOf(*environment) == NameOf(variable)) return *environment;
  }
  return nullptr;
}

// What makes the spawner's environment the run's: NAME=VALUE for what differs, NAME for what goes.
PyObject* ChangesOfEnvironment(char* const* wanted) {
  PyObject* changes = PyList_New(0);
  for (char* const* variable = environ; *variable != nullptr; ++variable) {
    if (Find(wanted, *variable) != nullptr) continue;
    PyList_Append(changes, PyUnicode_DecodeFSDefault(std::string(NameOf(*variable)).c_str()));
  }
  for (char* const* variable = wanted; *variable != nullptr; ++variable) {
    const char* const here = Find(environ, *variable);
    if (here != nullptr && std::strcmp(here, *variable) == 0) continue;
    PyList_Append(changes, PyUnicode_DecodeFSDefault(*variable));
  }
  return changes;
}

// In the child, every lock in force: goes on in Python, which does not return.
void GoOnInPython(const sandgate::JailPlan& plan) {
  PyObject_CallFunctionObjArgs(child_main, ChangesOfEnvironment(plan.envp.data()), nullptr);
  PyErr_Print();
  ::_exit(127);
}

// serve(child_main, failure, notes, needs_hooks): tells the server that all is ready, or the failure, and
// serves; with CPython's own hooks around each fork where some module needs one.
PyObject* Serve(PyObject*, PyObject* arguments) {
  const char* failure = nullptr;
  const char* notes = nullptr;
  int needs_hooks = 1;
  if (PyArg_ParseTuple(arguments, "Ossp", &child_main, &failure, &notes, &needs_hooks) == 0) return nullptr;
  sandgate::SettlePythonMemory();
  if (*failure == '\0') sandgate::MoveCodeToLargePages();
  int status = 1;
  try {
    ::close(sandgate::kProcSelfFd);
    sandgate::Fd socket = sandgate::TakeServerSocket();
    sandgate::TellReady(socket.get(), failure, notes);
    sandgate::SpawnerHooks hooks;
    hooks.child_main = GoOnInPython;
    hooks.forks_interpreter = true;
    hooks.empty_network = sandgate::kEmptyNetworkFd;
    hooks.after_fork_child = sandgate::MapRestOfCode;
    if (needs_hooks != 0) {
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
  return PyLong_FromLong(status);
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

// compile(source, name): the code of a module, `source` being bytes without a zero. What the builtin of that
// name does, without the hundred classes of the ast module, which that one makes first.
PyObject* Compile(PyObject*, PyObject* arguments) {
  const char* source = nullptr;
  const char* name = nullptr;
  if (PyArg_ParseTuple(arguments, "ys", &source, &name) == 0) return nullptr;
  return Py_CompileString(source, name, kFileInput);
}

PyMethodDef methods[] = {{"compile", Compile, kVarArgs, nullptr},
                         {"serve", Serve, kVarArgs, nullptr},
                         {"threads", Threads, kVarArgs, nullptr},
                         {nullptr, nullptr, 0, nullptr}};
PyModuleDef definition = {{1, nullptr}, nullptr, 0,       nullptr, "_sandgate", nullptr,
                          -1,           methods, nullptr, nullptr, nullptr,     nullptr};

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" __attribute__((visibility("default"))) PyObject* PyInit__sandgate() {
  sandgate::PutPythonMemoryTogether();
  return PyModule_Create2(&definition, kApiVersion);
}
