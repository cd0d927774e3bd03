// SPDX-License-Identifier: Apache-2.0
// The functions of CPython's C API that we call, declared by hand: those that every version from 3.8 on
// exports with the same meaning, so that one build serves all and none of their headers is needed. The
// layouts are those of the stable ABI; a free-threaded build has others and is refused by python_serve.py
// before this is loaded. What a function returns is the caller's to release, unless its comment says
// "borrowed"; null, or what its comment says, is an exception.
#pragma once
#include <sys/types.h>

#include <cstddef>

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

struct PyObjectArenaAllocator {
  void* context;
  void* (*alloc)(void* context, std::size_t size);
  void (*free)(void* context, void* arena, std::size_t size);
};

PyObject* PyModule_Create2(PyModuleDef* definition, int api_version);
int PyArg_ParseTuple(PyObject* arguments, const char* format, ...);  // 0: an exception
PyObject* Py_BuildValue(const char* format, ...);
void Py_IncRef(PyObject* object);  // both take null
void Py_DecRef(PyObject* object);

PyObject* PyObject_CallObject(PyObject* callable, PyObject* arguments);
PyObject* PyObject_CallFunctionObjArgs(PyObject* callable, ...);  // the last argument is null
PyObject* PyObject_GetAttr(PyObject* object, PyObject* name);
void PyObject_CallFinalizer(PyObject* object);  // of a collected type: once
PyObject* PyObject_GetAttrString(PyObject* object, const char* name);
int PyObject_IsTrue(PyObject* object);    // -1: an exception
ssize_t PyObject_Size(PyObject* object);  // -1: an exception
long PyLong_AsLong(PyObject* number);     // -1: an exception, or -1
PyObject* PyLong_FromLong(long value);
PyObject* PyBool_FromLong(long value);
PyObject* PyBytes_FromStringAndSize(const char* data, ssize_t size);
PyObject* PyUnicode_DecodeFSDefault(const char* text);
PyObject* PyUnicode_InternFromString(const char* text);
int PyUnicode_CompareWithASCIIString(PyObject* text, const char* other);
PyObject* PyList_New(ssize_t size);
int PyList_Append(PyObject* list, PyObject* item);
PyObject* PyList_GetItem(PyObject* list, ssize_t index);    // borrowed
PyObject* PyTuple_GetItem(PyObject* tuple, ssize_t index);  // borrowed
PyObject* PyDict_GetItem(PyObject* dict, PyObject* key);    // borrowed; null, without an exception, if absent
int PySet_Contains(PyObject* set, PyObject* item);          // -1: an exception
int PyDict_SetItem(PyObject* dict, PyObject* key, PyObject* value);
int PyDict_Next(PyObject* dict, ssize_t* position, PyObject** key,
                PyObject** value);  // both borrowed; 0: the end

PyObject* Py_CompileString(const char* source, const char* name, int start);
PyObject* PyEval_EvalCode(PyObject* code, PyObject* globals, PyObject* locals);
PyObject* PySys_GetObject(const char* name);  // borrowed; null, without an exception, if absent
int PySys_SetObject(const char* name, PyObject* value);
void PySys_WriteStderr(const char* format, ...);
void PySys_FormatStderr(const char* format, ...);
int PyFile_WriteObject(PyObject* object, PyObject* file, int flags);
unsigned long PyType_GetFlags(void* type);
PyObject* PyModule_GetDict(PyObject* module);  // borrowed
ssize_t PyGC_Collect();

struct PyTypeObject;
extern PyTypeObject PyFunction_Type;
extern PyTypeObject PyModule_Type;

extern PyObject* PyExc_SystemExit;
int PyErr_ExceptionMatches(PyObject* kind);
void PyErr_Fetch(PyObject** kind, PyObject** value, PyObject** trace);
void PyErr_NormalizeException(PyObject** kind, PyObject** value, PyObject** trace);
void PyErr_Clear();
void PyErr_Print();
void PyErr_WriteUnraisable(PyObject* where);
int PyException_SetTraceback(PyObject* value, PyObject* trace);

void PyOS_BeforeFork();
void PyOS_AfterFork_Parent();
void PyOS_AfterFork_Child();

void PyObject_SetArenaAllocator(PyObjectArenaAllocator* allocator);
void* PyObject_Malloc(std::size_t size);

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
