/* The extension module: only addresses and sizes leave it, and the run loop is called through it. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "state.h"

#define ADDRESS(name) #name, (unsigned long long)(uintptr_t)on_##name
#define SIZE(name, type) #name, (Py_ssize_t)sizeof(type)

static PyObject *addresses(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    return Py_BuildValue("{s:K,s:K,s:K,s:K,s:K,s:K,s:K}", ADDRESS(block), ADDRESS(fill), ADDRESS(window), ADDRESS(read),
                         ADDRESS(write), ADDRESS(special), ADDRESS(interrupt));
}

static PyObject *sizes(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    return Py_BuildValue("{s:n,s:n,s:n,s:n,s:n,s:n,s:n,s:n}", SIZE(state, state), SIZE(block, block_slot),
                         SIZE(page, page_slot), SIZE(split, split_slot), SIZE(special, special_slot),
                         SIZE(range, memory_range), SIZE(map, map_slot), SIZE(steady, steady_slot));
}

/* Call the Python function that serves a trap: true when the run may go on. */
static enum trap_answer call_trap(state *s, void *context)
{
    PyObject *function = context;
    (void)s;
    PyGILState_STATE lock = PyGILState_Ensure();
    PyObject *answer = PyObject_CallNoArgs(function);
    int is_true = answer ? PyObject_IsTrue(answer) : -1;
    Py_XDECREF(answer);
    PyGILState_Release(lock);
    return is_true < 0 ? TRAP_FAILED : is_true ? TRAP_DONE : TRAP_ASKS_PYTHON;
}

static PyObject *run_state(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    (void)self;
    if (count != 2)
        return PyErr_Format(PyExc_TypeError, "run() takes 2 arguments, not %zd", count);
    state *s = PyLong_AsVoidPtr(arguments[0]);
    uint32_t cause;
    if (!s)
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "no state");
    Py_BEGIN_ALLOW_THREADS
    cause = run(s, call_trap, arguments[1]);
    Py_END_ALLOW_THREADS
    return PyErr_Occurred() ? NULL : PyLong_FromUnsignedLong(cause);
}

static PyObject *select_state_map(PyObject *self, PyObject *address)
{
    (void)self;
    state *s = PyLong_AsVoidPtr(address);
    if (!s)
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "no state");
    memory_map map = s->map;
    return PyBool_FromLong(select_map(s, &map));
}

static PyMethodDef methods[] = {
    {"addresses", addresses, METH_NOARGS, "Return the addresses of the hooks."},
    {"sizes", sizes, METH_NOARGS, "Return the sizes of the structures, to compare with Python's layout."},
    {"run", (PyCFunction)(void (*)(void))run_state, METH_FASTCALL,
     "run(address of the state, function for traps): return why only Python can go on."},
    {"select_map", select_state_map, METH_O, "Put the memory map of the state in force; whether there are tables for it."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_accelerator", "Native hooks of the engine.", -1,
                                        methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__accelerator(void)
{
    return PyModule_Create(&definition);
}
