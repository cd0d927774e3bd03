// SPDX-License-Identifier: Apache-2.0
#include "spawner/python_child.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "jail/jail.h"
#include "spawner/end_run.h"

namespace sandgate {

namespace {

constexpr int kFileInput = 257;    // Py_file_input
constexpr int kAsText = 1;         // Py_PRINT_RAW
constexpr int kUncaught = 255;     // exit status of a run that an exception has ended
constexpr int kCannotFlush = 120;  // exit status of CPython where the output cannot be written
constexpr int kBroken = 127;
constexpr std::size_t kLengthDigits = 8;  // of the preload's length, hexadecimal, before it

// Owns a reference, or null.
class Ref {
 public:
  explicit Ref(PyObject* object = nullptr) : object_(object) {}
  static Ref To(PyObject* borrowed) {
    Py_IncRef(borrowed);
    return Ref(borrowed);
  }
  Ref(Ref&& other) noexcept : object_(other.Release()) {}
  Ref& operator=(Ref&&) = delete;
  ~Ref() { Py_DecRef(object_); }

  PyObject* get() const { return object_; }
  PyObject** Out() { return &object_; }
  PyObject* Release() { return std::exchange(object_, nullptr); }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  PyObject* object_;
};

// Something that stays as it was at the fork unless the run has begun what needs an end.
struct Watched {
  PyObject* container;
  ssize_t size;
  PyObject* last;  // of a list; or null: any
};

// What prepare() has been given, with references that are never given back.
struct Prepared {
  PyObject* main = nullptr;      // the dict of __main__
  PyObject* set_up = nullptr;    // function(list of changes of the environment)
  int always_set_up = 0;         // also where nothing differs
  long thread_id = 0;            // what Python takes for the main thread's
  PyObject* seeds = nullptr;     // tuple of functions
  PyObject* compile = nullptr;   // the builtin
  PyObject* show = nullptr;      // the excepthook
  PyObject* collects = nullptr;  // function() -> bool
  // function() -> number of callbacks of atexit; None: there is always a rest
  PyObject* registered = nullptr;
  PyObject* threading = nullptr;  // the module
  PyObject* threads = nullptr;    // its dict
  PyObject* join = nullptr;       // its function that waits for threads
  PyObject* main_lock = nullptr;  // of the main thread, in the set of those to wait for
  PyObject* end_rest = nullptr;   // function()
  PyObject* pools = nullptr;      // the dict of concurrent.futures.thread, or None
  std::vector<Watched> watched;

  PyObject* none = nullptr;
  PyObject* yes = nullptr;
  PyObject* name_closed = nullptr;
  PyObject* name_flush = nullptr;
  PyObject* name_threading = nullptr;
  PyObject* name_locks = nullptr;
  PyObject* name_shutdown = nullptr;
};
Prepared prepared;

struct Source {
  const char* name;
  std::string text;
};
std::array<Source, 2> sources{Source{"preload.py", {}}, Source{"main.py", {}}};
std::array<char, 65536> buffer;  // touched as far as it is read into

bool IsNone(PyObject* object) { return object == prepared.none; }

std::string_view NameOf(std::string_view variable) { return variable.substr(0, variable.find('=')); }

// The variable of `environment` with the name of `variable`, or null.
const char* Find(char* const* environment, std::string_view variable) {
  for (; *environment != nullptr; ++environment) {
    if (NameOf(*environment) == NameOf(variable)) return *environment;
  }
  return nullptr;
}

// What makes the spawner's environment the run's: NAME=VALUE for what differs, NAME for what goes.
std::vector<std::string> ChangesOfEnvironment(char* const* wanted) {
  std::vector<std::string> changes;
  for (char* const* variable = environ; *variable != nullptr; ++variable) {
    if (Find(wanted, *variable) == nullptr) changes.emplace_back(NameOf(*variable));
  }
  for (char* const* variable = wanted; *variable != nullptr; ++variable) {
    const char* const here = Find(environ, *variable);
    if (here == nullptr || std::strcmp(here, *variable) != 0) changes.emplace_back(*variable);
  }
  return changes;
}

bool SetUp(const JailPlan& plan) {
  const ssize_t count = PyObject_Size(prepared.seeds);
  for (ssize_t i = 0; i < count; ++i) {
    if (!Ref(PyObject_CallObject(PyTuple_GetItem(prepared.seeds, i), nullptr))) return false;
  }
  const std::vector<std::string> changes = ChangesOfEnvironment(plan.envp.data());
  if (prepared.always_set_up == 0 && changes.empty() && ::syscall(SYS_gettid) == prepared.thread_id)
    return true;
  const Ref list(PyList_New(0));
  for (const std::string& change : changes) {
    const Ref text(PyUnicode_DecodeFSDefault(change.c_str()));
    PyList_Append(list.get(), text.get());
  }
  return bool(Ref(PyObject_CallFunctionObjArgs(prepared.set_up, list.get(), nullptr)));
}

// Reads to the end and closes: the length of the preload, the preload, the code.
void ReadSources(int fd) {
  std::string all;
  for (ssize_t n = 0; (n = ::read(fd, buffer.data(), buffer.size())) > 0 || (n < 0 && errno == EINTR);) {
    if (n > 0) all.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ::close(fd);
  std::size_t preload = 0;
  const char* const digits = all.data();
  std::from_chars(digits, digits + std::min(all.size(), kLengthDigits), preload, 16);
  const std::size_t begin = std::min(all.size(), kLengthDigits);
  const std::size_t end = begin + std::min(preload, all.size() - begin);
  sources[0].text.assign(all, begin, end - begin);
  sources[1].text.assign(all, end);
}

// A program that may look for itself, to read it or to start other interpreters from it, finds itself, if
// there is room for it. CPython does so where it shows an exception by itself: of a thread, or at the end.
void WriteWhatLooksForItself(const Source& source) {
  const auto names = {"__file__", "argv",      "main.py", "multiprocessing", "ProcessPoolExecutor",
                      "_thread",  "threading", "atexit",  "finalize",        "__del__"};
  if (std::ranges::none_of(names,
                           [&](const char* name) { return source.text.find(name) != std::string::npos; }))
    return;
  const Fd file(::open(source.name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file) return;
  const ssize_t written = ::write(file.get(), source.text.data(), source.text.size());
  if (written != static_cast<ssize_t>(source.text.size())) ::unlink(source.name);
}

PyObject* Compile(const Source& source) {
  if (source.text.find('\0') == std::string::npos) {
    return Py_CompileString(source.text.c_str(), source.name, kFileInput);
  }
  // Refuses it, in the words of this version; it first makes the hundred classes of the ast module.
  const Ref text(PyBytes_FromStringAndSize(source.text.data(), static_cast<ssize_t>(source.text.size())));
  const Ref name(PyUnicode_DecodeFSDefault(source.name));
  const Ref mode(PyUnicode_DecodeFSDefault("exec"));
  return PyObject_CallFunctionObjArgs(prepared.compile, text.get(), name.get(), mode.get(), nullptr);
}

bool Execute(const Source& source) {
  const Ref code(Compile(source));
  return code && Ref(PyEval_EvalCode(code.get(), prepared.main, prepared.main));
}

// An exception, taken from where the interpreter keeps it.
struct Exception {
  Ref kind, value, trace;

  Exception() {
    PyErr_Fetch(kind.Out(), value.Out(), trace.Out());
    PyErr_NormalizeException(kind.Out(), value.Out(), trace.Out());
    if (trace) PyException_SetTraceback(value.get(), trace.get());
  }
};

constexpr unsigned long kIsInteger = 1UL << 24;    // Py_TPFLAGS_LONG_SUBCLASS
constexpr unsigned long kIsException = 1UL << 30;  // Py_TPFLAGS_BASE_EXC_SUBCLASS
constexpr unsigned long kIsType = 1UL << 31;       // Py_TPFLAGS_TYPE_SUBCLASS

bool Is(unsigned long kind, PyObject* object) { return (PyType_GetFlags(object->type) & kind) != 0; }

// What sys.exit() was given, where it is no number.
void ShowExitCode(PyObject* code) {
  const Ref stream = Ref::To(PySys_GetObject("stderr"));
  if (stream && !IsNone(stream.get())) {
    PyFile_WriteObject(code, stream.get(), kAsText);
  } else {
    PySys_FormatStderr("%S", code);
  }
  PyErr_Clear();
  PySys_WriteStderr("\n");
}

// Of the SystemExit that is raised.
int ExitStatus() {
  Ref kind, leaving, trace;
  PyErr_Fetch(kind.Out(), leaving.Out(), trace.Out());
  // Before 3.12 what sys.exit() was given may not have become an exception, which would take a tuple apart.
  const Ref code(leaving && Is(kIsException, leaving.get()) ? PyObject_GetAttrString(leaving.get(), "code")
                                                            : nullptr);
  PyErr_Clear();
  PyObject* const value = code ? code.get() : leaving.get();
  if (value == nullptr || IsNone(value)) return 0;
  int status = 1;
  if (Is(kIsInteger, value)) {
    status = static_cast<int>(PyLong_AsLong(value));  // -1 for one that is too large
  } else {
    ShowExitCode(value);
  }
  PyErr_Clear();
  return status;
}

// Whether the hook has shown it.
bool Show(PyObject* hook, const Exception& exception) {
  PyObject* const trace = exception.trace ? exception.trace.get() : prepared.none;
  return bool(
      Ref(PyObject_CallFunctionObjArgs(hook, exception.kind.get(), exception.value.get(), trace, nullptr)));
}

// Shows the exception that is raised, as CPython does, but that an excepthook which raises SystemExit ends
// the run as any other does.
int ShowUncaught() {
  const Exception uncaught;
  const Ref hook = Ref::To(PySys_GetObject("excepthook"));
  if (hook && Show(hook.get(), uncaught)) return kUncaught;
  if (hook && PyErr_ExceptionMatches(PyExc_SystemExit) != 0) return ExitStatus();
  if (hook) {
    const Exception failure;
    PySys_WriteStderr("Error in sys.excepthook:\n");
    Show(prepared.show, failure);
    PyErr_Clear();
    PySys_WriteStderr("\nOriginal exception was:\n");
  } else {
    PySys_WriteStderr("sys.excepthook is missing\n");
  }
  Show(prepared.show, uncaught);
  PyErr_Clear();
  return kUncaught;
}

int RunSources(int fd) {
  ReadSources(fd);
  WriteWhatLooksForItself(sources[1]);
  for (const Source& source : sources) {
    if (source.text.empty() || Execute(source)) continue;
    return PyErr_ExceptionMatches(PyExc_SystemExit) != 0 ? ExitStatus() : ShowUncaught();
  }
  return 0;
}

bool IsAsAtTheFork(const Watched& watched) {
  const ssize_t size = PyObject_Size(watched.container);
  return size == watched.size &&
         (watched.last == nullptr || PyList_GetItem(watched.container, size - 1) == watched.last);
}

// Whether the module that tells which threads are waited for is the one of the fork, and knows only the main
// one.
bool HasNoThread() {
  PyObject* const modules = PySys_GetObject("modules");
  if (modules == nullptr || PyDict_GetItem(modules, prepared.name_threading) != prepared.threading)
    return false;
  if (PyDict_GetItem(prepared.threads, prepared.name_shutdown) != prepared.join) return false;
  PyObject* const locks = PyDict_GetItem(prepared.threads, prepared.name_locks);
  if (locks == nullptr) return false;
  // Hooks of a fork give it another set, which has none.
  const ssize_t count = PyObject_Size(locks);
  const int of_main = PySet_Contains(locks, prepared.main_lock);
  return count >= 0 && of_main >= 0 && count <= of_main;
}

// Whether there is more to end than at the fork, which needs nothing. Reads, and so changes no page.
bool HasRest() {
  if (IsNone(prepared.registered)) return true;
  const Ref registered(PyObject_CallObject(prepared.registered, nullptr));
  if (!registered || PyLong_AsLong(registered.get()) != 0) return true;
  return !HasNoThread() || !std::ranges::all_of(prepared.watched, IsAsAtTheFork);
}

bool IsClosed(PyObject* stream) {
  const Ref closed(PyObject_GetAttr(stream, prepared.name_closed));
  const int is = closed ? PyObject_IsTrue(closed.get()) : -1;
  PyErr_Clear();
  return is > 0;
}

// Whether the stream, a variable of sys, could be flushed; `tells`: else says why not.
bool FlushStream(const char* name, bool tells) {
  const Ref stream = Ref::To(PySys_GetObject(name));
  if (!stream || IsNone(stream.get()) || IsClosed(stream.get())) return true;
  const Ref flush(PyObject_GetAttr(stream.get(), prepared.name_flush));
  if (flush && Ref(PyObject_CallObject(flush.get(), nullptr))) return true;
  if (tells) PyErr_WriteUnraisable(stream.get());
  PyErr_Clear();
  return false;
}

bool FlushStreams(bool tells) {
  const bool out = FlushStream("stdout", tells);
  return FlushStream("stderr", false) && out;
}

// What finalisers print goes where the interpreter has it go.
void RestoreStreams() {
  for (const auto& [name, first] : {std::pair{"stdout", "__stdout__"}, std::pair{"stderr", "__stderr__"}}) {
    PyObject* const stream = PySys_GetObject(first);
    if (stream != nullptr && stream != PySys_GetObject(name)) PySys_SetObject(name, stream);
  }
}

// What others need in order to end: modules, functions and classes.
bool IsOfCode(PyObject* value) {
  return value->type == &PyModule_Type || value->type == &PyFunction_Type || Is(kIsType, value);
}

// Whether a value may have something to do at its end: an instance, a generator, an open file.
bool MayHaveFinaliser(PyObject* value) {
  constexpr unsigned long kIsCollected = 1UL << 14;  // Py_TPFLAGS_HAVE_GC
  constexpr unsigned long kIsPlain = 0xffUL << 24;   // Py_TPFLAGS_LONG_SUBCLASS to Py_TPFLAGS_TYPE_SUBCLASS
  return Is(kIsCollected, value) && !Is(kIsPlain, value) && !IsOfCode(value);
}

// Of the names that the start has put into __main__, those whose values others need or share.
bool IsOfTheStart(PyObject* name) {
  return PyUnicode_CompareWithASCIIString(name, "__builtins__") == 0 ||
         PyUnicode_CompareWithASCIIString(name, "__loader__") == 0;
}

// What ends with __main__ still finds all of it, as where the collector ends it.
void FinaliseMain() {
  std::vector<Ref> values;
  ssize_t position = 0;
  PyObject* name = nullptr;
  PyObject* value = nullptr;
  while (PyDict_Next(prepared.main, &position, &name, &value) != 0) {
    if (MayHaveFinaliser(value) && !IsOfTheStart(name)) values.push_back(Ref::To(value));
  }
  for (const Ref& one : values) {
    PyObject_CallFinalizer(one.get());
    PyErr_Clear();
  }
}

// The names of __main__ whose value is of code, or is not.
std::vector<Ref> NamesOfMain(bool of_code) {
  std::vector<Ref> names;
  ssize_t position = 0;
  PyObject* name = nullptr;
  PyObject* value = nullptr;
  while (PyDict_Next(prepared.main, &position, &name, &value) != 0) {
    if (IsNone(value) || IsOfCode(value) != of_code || IsOfTheStart(name)) continue;
    names.push_back(Ref::To(name));
  }
  return names;
}

// What nothing else holds is finalised.
void EmptyMain() {
  for (const bool of_code : {false, true}) {
    for (const Ref& name : NamesOfMain(of_code)) {
      if (PyDict_SetItem(prepared.main, name.get(), prepared.none) != 0) PyErr_Clear();
    }
  }
}

// As at the end of an interpreter, in its order, but the memory is left to the kernel.
[[noreturn]] void Finish(int status) {
  if (HasRest()) {
    PyErr_Clear();
    if (!Ref(PyObject_CallObject(prepared.end_rest, nullptr))) PyErr_Clear();
  } else if (!IsNone(prepared.pools)) {
    PyDict_SetItem(prepared.pools, prepared.name_shutdown, prepared.yes);  // what end_rest() comes to
  }
  if (!FlushStreams(true)) status = kCannotFlush;
  RestoreStreams();
  FinaliseMain();
  EmptyMain();
  const Ref collects(PyObject_CallObject(prepared.collects, nullptr));
  if (collects && PyObject_IsTrue(collects.get()) > 0) PyGC_Collect();
  FlushStreams(false);   // what finalisers have printed
  std::fflush(nullptr);  // and libraries in C
  EndRun(status);
}

}  // namespace

PyObject* PreparePythonChild(PyObject*, PyObject* arguments) {
  Prepared& p = prepared;
  PyObject* watched = nullptr;
  if (PyArg_ParseTuple(arguments, "OOplOOOOOOOOOO", &p.main, &p.set_up, &p.always_set_up, &p.thread_id,
                       &p.seeds, &p.compile, &p.show, &p.collects, &p.registered, &p.threading, &p.main_lock,
                       &watched, &p.end_rest, &p.pools) == 0) {
    return nullptr;
  }
  Py_IncRef(arguments);
  p.none = Py_BuildValue("");
  p.yes = PyBool_FromLong(1);
  p.name_closed = PyUnicode_InternFromString("closed");
  p.name_flush = PyUnicode_InternFromString("flush");
  p.threads = PyModule_GetDict(p.threading);
  p.name_threading = PyUnicode_InternFromString("threading");
  p.name_locks = PyUnicode_InternFromString("_shutdown_locks");
  p.name_shutdown = PyUnicode_InternFromString("_shutdown");
  p.join = Ref::To(PyDict_GetItem(p.threads, p.name_shutdown)).Release();
  const ssize_t count = PyObject_Size(watched);
  for (ssize_t i = 0; i < count; ++i) {
    Watched one{};
    if (PyArg_ParseTuple(PyTuple_GetItem(watched, i), "OnO", &one.container, &one.size, &one.last) == 0) {
      return nullptr;
    }
    if (IsNone(one.last)) one.last = nullptr;
    p.watched.push_back(one);
  }
  return Py_BuildValue("");
}

PyObject* RunPython(PyObject*, PyObject* arguments) {
  int fd = -1;
  if (PyArg_ParseTuple(arguments, "i", &fd) == 0) return nullptr;
  return PyLong_FromLong(RunSources(fd));
}

PyObject* FlushPython(PyObject*, PyObject*) { return PyBool_FromLong(FlushStreams(true) ? 1 : 0); }

PyObject* PythonSources(PyObject*, PyObject*) {
  PyObject* list = PyList_New(0);
  for (const Source& source : sources) {
    PyObject* const text =
        PyBytes_FromStringAndSize(source.text.data(), static_cast<ssize_t>(source.text.size()));
    const Ref pair(text != nullptr ? Py_BuildValue("(sN)", source.name, text) : nullptr);
    if (!pair || PyList_Append(list, pair.get()) != 0) {
      Py_DecRef(list);
      return nullptr;
    }
  }
  return list;
}

void BePythonRun(const JailPlan& plan) {
  if (!SetUp(plan)) {
    PyErr_Print();
    ::_exit(kBroken);
  }
  Finish(RunSources(kCodeFd));
}

}  // namespace sandgate
