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
    return Py_BuildValue("{s:n,s:n,s:n,s:n,s:n,s:n,s:n}", SIZE(state, state), SIZE(block, block_slot),
                         SIZE(page, page_slot), SIZE(split, split_slot), SIZE(special, special_slot),
                         SIZE(range, memory_range), SIZE(map, map_slot));
}

static PyObject *run_state(PyObject *self, PyObject *address)
{
    (void)self;
    state *s = PyLong_AsVoidPtr(address);
    uint32_t cause;
    if (!s)
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "no state");
    Py_BEGIN_ALLOW_THREADS
    cause = run(s);
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLong(cause);
}

static PyMethodDef methods[] = {
    {"addresses", addresses, METH_NOARGS, "Return the addresses of the hooks."},
    {"sizes", sizes, METH_NOARGS, "Return the sizes of the structures, to compare with Python's layout."},
    {"run", run_state, METH_O, "Run the engine of the state at an address; return why only Python can go on."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_accelerator", "Native hooks of the engine.", -1,
                                        methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__accelerator(void)
{
    return PyModule_Create(&definition);
}
