// SPDX-License-Identifier: Apache-2.0
// What a child of a warmed CPython does from the last lock on: reads the user's code, runs it as __main__ and
// ends as the interpreter would. In C++, because each Python object that is named costs a child the page it
// lies in, copied: written in Python this was more than half of the pages that a small run changed.
#pragma once
#include "jail/plan.h"
#include "spawner/python_api.h"

namespace sandgate {

// Functions of the module that python_serve.py loads.

// prepare(main, set_up, always_set_up, thread_id, seeds, compile, show, collects, registered, threading,
// main_lock, watched, end_rest, pools): what a child needs of Python; python_child.cc says what each is.
// `watched`: a tuple of (container, its size, its last item or None). Before all that follows.
PyObject* PreparePythonChild(PyObject* module, PyObject* arguments);

// run(fd) -> exit status: runs the code that it reads from fd, which is closed.
PyObject* RunPython(PyObject* module, PyObject* arguments);

// flush() -> whether the output could be written.
PyObject* FlushPython(PyObject* module, PyObject* arguments);

// sources() -> [(file name, its bytes)] of what runs.
PyObject* PythonSources(PyObject* module, PyObject* arguments);

// In the child, every lock in force.
[[noreturn]] void BePythonRun(const JailPlan& plan);

}  // namespace sandgate
