/*
 * The full register trace: the hook that records every instruction, and the encoder of records.
 *
 * emulator/machine/register_trace.py is the reference and owns all memory; the same structure is laid out there.
 * There is no link to libunicorn: uc_reg_read_batch is an address taken from the loaded library.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

#define WORDS 17 /* R0-R12, SP, LR, xPSR, PC */
#define XPSR 15
#define PC 16
#define XPSR_IT UINT32_C(0x0600FC00)
#define WIDE 1u
#define STEP_2 (1u << 16)
#define STEP_4 (1u << 17)
#define PC_GIVEN (1u << 18)

typedef int (*read_batch)(void *uc, int *ids, void **values, int count);
typedef void (*code_hook)(void *uc, uint64_t address, uint32_t size, void *data);
typedef void (*drain)(void);

/* ITSTATE of one instruction; key is address | 1, 0 when the slot is free. */
typedef struct it_slot {
    uint32_t key;
    uint32_t bits; /* where xPSR has them; and WIDE */
} it_slot;

typedef struct trace {
    uint32_t *records; /* capacity records of WORDS words */
    uint64_t count;
    uint64_t capacity;
    uint64_t base;           /* number of the instruction of the first record */
    const uint64_t *settled; /* instructions executed before the current block */
    const uint32_t *stopped; /* not zero: the run is over, whatever the engine still executes */
    read_batch read;
    int *ids;
    void **values; /* into words */
    drain full;
    code_hook next;
    void *next_data;
    it_slot *its;
    uint32_t it_mask;
    uint32_t cursor; /* address of the next instruction of the block */
    uint32_t words[WORDS];
} trace;

static uint32_t it_bits(const trace *t, uint32_t address)
{
    for (uint32_t slot = address >> 1; t->its[slot & t->it_mask].key; slot++)
        if (t->its[slot & t->it_mask].key == (address | 1))
            return t->its[slot & t->it_mask].bits;
    return 0;
}

/* Record the instruction at the cursor with the registers in words. */
static void append(trace *t, uint32_t size)
{
    uint32_t bits = it_bits(t, t->cursor);
    if (t->count == t->capacity)
        t->full();
    uint32_t *record = t->records + t->count++ * WORDS;
    memcpy(record, t->words, sizeof t->words);
    record[XPSR] = (record[XPSR] & ~XPSR_IT) | (bits & XPSR_IT);
    record[PC] = t->cursor;
    t->cursor += size ? size : bits & WIDE ? 4 : 2;
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
        t->read(uc, t->ids, t->values, PC);
        while (t->base + t->count < *t->settled)
            append(t, 0);
    }
    t->cursor = (uint32_t)address;
}

static void on_instruction(void *uc, uint64_t address, uint32_t size, void *data)
{
    trace *t = data;
    if (!*t->stopped) {
        t->read(uc, t->ids, t->values, PC);
        while (t->cursor < (uint32_t)address)
            append(t, 0);
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
    PyObject *result = PyBytes_FromStringAndSize(NULL, count * (WORDS + 1) * 4);
    if (!result)
        return NULL;
    unsigned char *begin = (unsigned char *)PyBytes_AS_STRING(result), *out = begin;
    const uint32_t *record = (const uint32_t *)(uintptr_t)address, *before = NULL;
    for (Py_ssize_t index = 0; index < count; index++, before = record, record += WORDS) {
        unsigned char *header = out;
        uint32_t mask = before ? 0 : PC_GIVEN;
        out += 4;
        for (int word = 0; word < PC; word++)
            if (!before || record[word] != before[word]) {
                mask |= UINT32_C(1) << word;
                out = put(out, record[word]);
            }
        if (before) {
            uint32_t step = record[PC] - before[PC];
            mask |= step == 2 ? STEP_2 : step == 4 ? STEP_4 : PC_GIVEN;
        }
        if (mask & PC_GIVEN)
            out = put(out, record[PC]);
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

static PyObject *size(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    return PyLong_FromSize_t(sizeof(trace));
}

static PyMethodDef methods[] = {
    {"hooks", hooks, METH_NOARGS, "Return the addresses of the hooks on blocks and on instructions."},
    {"size", size, METH_NOARGS, "Return the size of the structure, to compare with Python's layout."},
    {"encode", encode, METH_VARARGS, "Return the bytes of records: (address, count)."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_register_trace", "Native register trace.", -1,
                                        methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__register_trace(void)
{
    return PyModule_Create(&definition);
}
