/*
 * Which of many objects surely hold what they held: most of what a capture looks at (memento.py). Dictionaries, and
 * objects whose attributes are in slots, in a dictionary, or in both, are compared here, by identity; whatever is not
 * plain is left to Python.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

/* Whether two dictionaries have the same values for the same keys in the same order. Nothing of Python's is called. */
static bool are_same_dicts(PyObject *now, PyObject *then)
{
    Py_ssize_t place = 0, other_place = 0;
    PyObject *key, *value, *other_key, *other_value;
    if (PyDict_GET_SIZE(now) != PyDict_GET_SIZE(then))
        return false;
    while (PyDict_Next(now, &place, &key, &value))
        if (!PyDict_Next(then, &other_place, &other_key, &other_value) || key != other_key || value != other_value)
            return false;
    return true;
}

/* Whether the slots that ``members`` describe hold ``values``; false where one is not assigned. */
static bool has_slots(PyObject *one, PyObject *members, PyObject *values)
{
    Py_ssize_t count = PyTuple_GET_SIZE(members);
    if (!PyList_CheckExact(values) || PyList_GET_SIZE(values) != count)
        return false;
    for (Py_ssize_t n = 0; n < count; n++) {
        PyObject *member = PyTuple_GET_ITEM(members, n);
        PyObject *now = Py_TYPE(member)->tp_descr_get(member, one, (PyObject *)Py_TYPE(one));
        if (!now) {
            PyErr_Clear();
            return false;
        }
        bool is_same = now == PyList_GET_ITEM(values, n);
        Py_DECREF(now);
        if (!is_same)
            return false;
    }
    return true;
}

/* Whether the attributes of ``one`` are ``contents``: a list of what its slots hold, and a dictionary or None. */
static bool has_attributes(PyObject *one, PyObject *members, PyObject *contents)
{
    if (!PyTuple_CheckExact(contents) || PyTuple_GET_SIZE(contents) != 2 ||
        !has_slots(one, members, PyTuple_GET_ITEM(contents, 0)))
        return false;
    PyObject *then = PyTuple_GET_ITEM(contents, 1);
    if (then == Py_None)
        return true;
    PyObject *now = PyObject_GenericGetDict(one, NULL);
    if (!now) {
        PyErr_Clear();
        return false;
    }
    bool is_same = PyDict_CheckExact(now) && PyDict_CheckExact(then) && are_same_dicts(now, then);
    Py_DECREF(now);
    return is_same;
}

/* may_have_changed(items, members): the places of the items that do not surely hold what they held. */
static PyObject *may_have_changed(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    (void)self;
    if (count != 2 || !PyList_CheckExact(arguments[0]) || !PyDict_CheckExact(arguments[1]))
        return PyErr_Format(PyExc_TypeError, "a list and a dictionary are expected");
    PyObject *found = PyList_New(0);
    for (Py_ssize_t n = 0; found && n < PyList_GET_SIZE(arguments[0]); n++) {
        PyObject *item = PyList_GET_ITEM(arguments[0], n);
        if (!PyTuple_CheckExact(item) || PyTuple_GET_SIZE(item) != 2) {
            PyErr_SetString(PyExc_TypeError, "an item is a pair");
            Py_CLEAR(found);
            break;
        }
        PyObject *one = PyTuple_GET_ITEM(item, 0), *contents = PyTuple_GET_ITEM(item, 1);
        bool is_same;
        if (PyDict_CheckExact(one)) {
            is_same = PyDict_CheckExact(contents) && are_same_dicts(one, contents);
        } else {
            PyObject *members = PyDict_GetItemWithError(arguments[1], (PyObject *)Py_TYPE(one));
            is_same = members && PyTuple_CheckExact(members) && has_attributes(one, members, contents);
        }
        if (!is_same && !PyErr_Occurred()) {
            PyObject *place = PyLong_FromSsize_t(n);
            if (!place || PyList_Append(found, place) < 0)
                Py_CLEAR(found);
            Py_XDECREF(place);
        }
        if (PyErr_Occurred())
            Py_CLEAR(found);
    }
    return found;
}

static PyMethodDef methods[] = {
    {"may_have_changed", (PyCFunction)(void (*)(void))may_have_changed, METH_FASTCALL,
     "Return the places of those (object, contents) that do not surely hold what they held.\n\n"
     "The second argument has the descriptors of the slots of each class whose instances are attributes."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "emulator.engine._sameness", NULL, -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__sameness(void)
{
    return PyModule_Create(&definition);
}
