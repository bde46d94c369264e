/*
 * The full register trace: the hook that records every instruction, and the encoder of records.
 *
 * emulator/engine/register_trace.py is the reference and owns all memory.
 * There is no link to libunicorn: uc_reg_read_batch is an address taken from the loaded library.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <string.h>

#include "layout.h"

static uint32_t it_bits(const trace *t, uint32_t address)
{
    for (uint32_t slot = address >> 1; t->its[slot & t->it_mask].key; slot++)
        if (t->its[slot & t->it_mask].key == (address | 1))
            return t->its[slot & t->it_mask].bits;
    return 0;
}

/* Record the instruction at the cursor with the registers in words; false when the records cannot be written. */
static bool append(trace *t, uint32_t size)
{
    uint32_t bits = it_bits(t, t->cursor);
    if (t->count == t->capacity)
        t->full();
    if (t->count == t->capacity) /* it could not be written: the run is over */
        return false;
    uint32_t *record = t->records + t->count++ * TRACE_WORDS;
    memcpy(record, t->words, sizeof t->words);
    record[TRACE_XPSR] = (record[TRACE_XPSR] & ~XPSR_IT) | (bits & XPSR_IT);
    record[TRACE_PC] = t->cursor;
    t->cursor += size ? size : bits & TRACE_WIDE ? 4 : 2;
    return true;
}

static void read_registers(trace *t, void *uc)
{
    t->read(uc, t->ids, t->values, TRACE_PC);
    t->words[TRACE_SP] &= ~3u; /* read as zero, whatever the engine keeps */
}

/* The engine calls no hook for an instruction whose condition fails: it changes nothing, so it is recorded when the
   next one is, here when the block it ends has been left. */
static void on_block(void *uc, uint64_t address, uint32_t size, void *data)
{
    trace *t = data;
    (void)size;
    if (*t->stopped)
        return;
    if (t->base + t->count < *t->settled) {
        read_registers(t, uc);
        while (t->base + t->count < *t->settled)
            if (!append(t, 0))
                return;
    }
    t->cursor = (uint32_t)address;
}

static void on_instruction(void *uc, uint64_t address, uint32_t size, void *data)
{
    trace *t = data;
    if (!*t->stopped) {
        read_registers(t, uc);
        while (t->cursor < (uint32_t)address && append(t, 0)) {
        }
        t->cursor = (uint32_t)address;
        append(t, size);
    }
    if (t->next)
        t->next(uc, address, size, t->next_data);
}

static unsigned char *put(unsigned char *out, uint32_t word)
{
    for (int byte = 0; byte < 4; byte++)
        *out++ = (unsigned char)(word >> 8 * byte);
    return out;
}

static PyObject *encode(PyObject *self, PyObject *arguments)
{
    unsigned long long address;
    Py_ssize_t count;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "Kn", &address, &count))
        return NULL;
    PyObject *result = PyBytes_FromStringAndSize(NULL, count * (TRACE_WORDS + 1) * 4);
    if (!result)
        return NULL;
    unsigned char *begin = (unsigned char *)PyBytes_AS_STRING(result), *out = begin;
    const uint32_t *record = (const uint32_t *)(uintptr_t)address, *before = NULL;
    for (Py_ssize_t index = 0; index < count; index++, before = record, record += TRACE_WORDS) {
        unsigned char *header = out;
        uint32_t mask = before ? 0 : TRACE_PC_GIVEN;
        out += 4;
        for (int word = 0; word < TRACE_PC; word++)
            if (!before || record[word] != before[word]) {
                mask |= UINT32_C(1) << word;
                out = put(out, record[word]);
            }
        if (before) {
            uint32_t step = record[TRACE_PC] - before[TRACE_PC];
            mask |= step == 2 ? TRACE_STEP_2 : step == 4 ? TRACE_STEP_4 : TRACE_PC_GIVEN;
        }
        if (mask & TRACE_PC_GIVEN)
            out = put(out, record[TRACE_PC]);
        put(header, mask);
    }
    if (_PyBytes_Resize(&result, out - begin))
        return NULL;
    return result;
}

static PyObject *hooks(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    return Py_BuildValue("KK", (unsigned long long)(uintptr_t)on_block, (unsigned long long)(uintptr_t)on_instruction);
}

static PyObject *fingerprint(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    return PyLong_FromUnsignedLong(FINGERPRINT);
}

static PyMethodDef methods[] = {
    {"hooks", hooks, METH_NOARGS, "Return the addresses of the hooks on blocks and on instructions."},
    {"fingerprint", fingerprint, METH_NOARGS, "Return what the structures' declarations were when this was built."},
    {"encode", encode, METH_VARARGS, "Return the bytes of records: (address, count)."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_register_trace", "Native register trace.", -1,
                                        methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__register_trace(void)
{
    return PyModule_Create(&definition);
}
