/* The extension module: only addresses and sizes leave it, and the run loop is called through it. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "state.h"

#include <string.h>

#define ADDRESS(name) #name, (unsigned long long)(uintptr_t)on_##name

static PyObject *addresses(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    return Py_BuildValue("{s:K,s:K,s:K,s:K,s:K,s:K,s:K,s:K,s:K,s:K}", ADDRESS(block), ADDRESS(counted_block),
                         ADDRESS(logged_block), ADDRESS(switch_block), ADDRESS(fill), ADDRESS(window), ADDRESS(read), ADDRESS(write),
                         ADDRESS(special), ADDRESS(interrupt));
}

static PyObject *fingerprint(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    return PyLong_FromUnsignedLong(FINGERPRINT);
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
    select_map(s, &map);
    Py_RETURN_NONE;
}

/* The arguments of an access: the address of the state, the guest's address, what, and whether it is privileged. */
static state *access_of(PyObject *const *arguments, Py_ssize_t count, uint32_t *address, int *privileged)
{
    if (count != 4)
        return PyErr_Format(PyExc_TypeError, "4 arguments, not %zd", count), NULL;
    state *s = PyLong_AsVoidPtr(arguments[0]);
    *address = (uint32_t)PyLong_AsUnsignedLongMask(arguments[1]);
    *privileged = PyObject_IsTrue(arguments[3]);
    if (!s && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "no state");
    return PyErr_Occurred() ? NULL : s;
}

static PyObject *store_for_thread(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    (void)self;
    uint32_t address;
    int privileged;
    Py_buffer data;
    state *s = access_of(arguments, count, &address, &privileged);
    if (!s || PyObject_GetBuffer(arguments[2], &data, PyBUF_SIMPLE) < 0)
        return NULL;
    uint8_t *place = thread_memory(s, address, (size_t)data.len, privileged, RIGHT_WRITE);
    if (place)
        memcpy(place, data.buf, (size_t)data.len);
    PyBuffer_Release(&data);
    return PyBool_FromLong(place != NULL);
}

static PyObject *load_for_thread(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    (void)self;
    uint32_t address;
    int privileged;
    state *s = access_of(arguments, count, &address, &privileged);
    Py_ssize_t size = s ? PyLong_AsSsize_t(arguments[2]) : -1;
    if (PyErr_Occurred())
        return NULL;
    const uint8_t *place = size < 0 ? NULL : thread_memory(s, address, (size_t)size, privileged, RIGHT_READ);
    if (!place)
        Py_RETURN_NONE;
    return PyBytes_FromStringAndSize((const char *)place, size);
}

static void free_capsule(PyObject *capsule)
{
    table *tables = PyCapsule_GetPointer(capsule, NULL);
    free_tables(tables);
    PyMem_Free(tables);
}

static PyObject *make_state_tables(PyObject *self, PyObject *address)
{
    (void)self;
    state *s = PyLong_AsVoidPtr(address);
    if (!s)
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "no state");
    table *tables = PyMem_Calloc(TABLES, sizeof *tables);
    if (tables && make_tables(s, tables))
        return PyCapsule_New(tables, NULL, free_capsule);
    PyMem_Free(tables);
    return PyErr_NoMemory();
}

/* The arguments of a function on a table: the address of the state, the offset of the table in it, and a key. */
static table *table_of(PyObject *const *arguments, Py_ssize_t count, Py_ssize_t wanted, state **s, uint64_t *key)
{
    if (count != wanted)
        return PyErr_Format(PyExc_TypeError, "%zd arguments, not %zd", wanted, count), NULL;
    *s = PyLong_AsVoidPtr(arguments[0]);
    size_t offset = PyLong_AsSize_t(arguments[1]);
    *key = wanted > 2 ? PyLong_AsUnsignedLongLong(arguments[2]) : 0;
    if (PyErr_Occurred())
        return NULL;
    if (!*s || offset < offsetof(state, blocks) || offset > offsetof(state, maps))
        return PyErr_Format(PyExc_ValueError, "no table"), NULL;
    return (table *)((char *)*s + offset);
}

/* The number of a slot, -1 for none. */
static PyObject *number_of(const table *t, const void *slot)
{
    return PyLong_FromSsize_t(slot ? ((const uint8_t *)slot - t->slots) / (Py_ssize_t)t->size : -1);
}

static PyObject *find_in_table(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    (void)self;
    state *s;
    uint64_t key;
    table *t = table_of(arguments, count, 3, &s, &key);
    return t ? number_of(t, find_entry(s, t, key)) : NULL;
}

static PyObject *put_in_table(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    (void)self;
    state *s;
    uint64_t key;
    table *t = table_of(arguments, count, 3, &s, &key);
    return t ? number_of(t, put_entry(s, t, key)) : NULL;
}

static PyObject *drop_from_table(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    (void)self;
    state *s;
    uint64_t key;
    table *t = table_of(arguments, count, 3, &s, &key);
    if (!t)
        return NULL;
    entry *slot = find_entry(s, t, key);
    if (slot)
        slot->key = slot->used = 0;
    return number_of(t, slot);
}

static PyObject *sweep_table(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    (void)self;
    state *s;
    uint64_t key;
    table *t = table_of(arguments, count, 2, &s, &key);
    return t ? number_of(t, sweep_entries(t)) : NULL;
}

static PyObject *clear_table(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    (void)self;
    state *s;
    uint64_t key;
    table *t = table_of(arguments, count, 2, &s, &key);
    if (!t)
        return NULL;
    clear_entries(t);
    Py_RETURN_NONE;
}

#define FAST(function) (PyCFunction)(void (*)(void))function, METH_FASTCALL

static PyMethodDef methods[] = {
    {"addresses", addresses, METH_NOARGS, "Return the addresses of the hooks."},
    {"fingerprint", fingerprint, METH_NOARGS, "Return what the structures' declarations were when this was built."},
    {"run", FAST(run_state), "run(address of the state, function for traps): return why only Python can go on."},
    {"select_map", select_state_map, METH_O, "Put the memory map of the state in force."},
    {"store", FAST(store_for_thread), "store(state, address, bytes, privileged): whether the tables grant it, and it is done."},
    {"load", FAST(load_for_thread), "load(state, address, size, privileged): return the bytes, None unless the tables grant it."},
    {"make_tables", make_state_tables, METH_O, "Make the tables of a state; they are freed with the result."},
    {"find", FAST(find_in_table), "find(state, table, key): return the number of the slot, -1 for none."},
    {"put", FAST(put_in_table), "put(state, table, key): return the number of the slot, which may have been another's."},
    {"drop", FAST(drop_from_table), "drop(state, table, key): return the number of the slot that is free now, or -1."},
    {"sweep", FAST(sweep_table), "sweep(state, table): return the number of a slot to give up, -1 for none."},
    {"clear", FAST(clear_table), "clear(state, table): make all slots free."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_accelerator", "Native hooks of the engine.", -1,
                                        methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__accelerator(void)
{
    return PyModule_Create(&definition);
}
