/* Lists, matrices of integers, a state machine and a CRC over their results, in the manner of CoreMark. */

#include "console.h"
#include <stdint.h>

#ifndef ROUNDS
#define ROUNDS 1
#endif
#define ITEMS 80
#define ORDER 10

struct item {
    struct item *next;
    int16_t value, place;
};

static struct item items[ITEMS];
static int16_t left[ORDER][ORDER], right[ORDER][ORDER];
static int32_t product[ORDER][ORDER];

static uint16_t crc_of(uint16_t value, uint16_t crc)
{
    for (int bit = 0; bit < 16; bit++, value >>= 1)
        crc = (uint16_t)((crc ^ value) & 1 ? crc >> 1 ^ 0xA001 : crc >> 1);
    return crc;
}

/* -- lists -- */

static struct item *reversed(struct item *list)
{
    struct item *done = 0;
    while (list) {
        struct item *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static struct item *found(struct item *list, int16_t value)
{
    while (list && list->value != value)
        list = list->next;
    return list;
}

static int by_value(const struct item *a, const struct item *b) { return a->value - b->value; }
static int by_place(const struct item *a, const struct item *b) { return a->place - b->place; }

static struct item *merged(struct item *a, struct item *b, int (*order)(const struct item *, const struct item *))
{
    struct item first, *last = &first;
    while (a && b) {
        struct item **less = order(a, b) <= 0 ? &a : &b;
        last->next = *less;
        last = *less;
        *less = last->next;
    }
    last->next = a ? a : b;
    return first.next;
}

static struct item *list_sorted(struct item *list, int (*order)(const struct item *, const struct item *))
{
    if (!list || !list->next)
        return list;
    struct item *half = list, *end = list->next;
    while (end && end->next) {
        half = half->next;
        end = end->next->next;
    }
    struct item *second = half->next;
    half->next = 0;
    return merged(list_sorted(list, order), list_sorted(second, order), order);
}

static uint16_t list_work(uint16_t seed)
{
    for (int i = 0; i < ITEMS; i++) {
        items[i].next = i + 1 < ITEMS ? &items[i + 1] : 0;
        items[i].place = (int16_t)i;
        items[i].value = (int16_t)((seed + i * 37) & 127);
    }
    struct item *list = items;
    uint16_t crc = seed;
    for (int i = 0; i < 30; i++) {
        struct item *item = found(list, (int16_t)((seed + i * 11) & 127));
        crc = crc_of(item ? (uint16_t)item->place : 0xFFFF, crc);
        list = reversed(list);
    }
    list = list_sorted(list, by_value);
    crc = crc_of((uint16_t)list->value, crc);
    list = list_sorted(list, by_place);
    return crc_of((uint16_t)list->next->value, crc);
}

/* -- matrices -- */

static uint16_t matrix_work(uint16_t seed)
{
    int32_t sum = 0;
    for (int i = 0; i < ORDER; i++)
        for (int j = 0; j < ORDER; j++) {
            left[i][j] = (int16_t)(seed + i * ORDER + j);
            right[i][j] = (int16_t)(seed ^ (i + j * ORDER));
        }
    for (int i = 0; i < ORDER; i++)
        for (int j = 0; j < ORDER; j++) {
            product[i][j] = 0;
            for (int k = 0; k < ORDER; k++)
                product[i][j] += left[i][k] * right[k][j];
        }
    for (int i = 0; i < ORDER; i++)
        for (int j = 0; j < ORDER; j++) {
            int32_t low = product[i][j] >> 2 & 15, high = product[i][j] >> 5 & 127;
            sum += product[i][j] > sum ? 10 : low * high;
        }
    return crc_of((uint16_t)sum, seed);
}

/* -- state machine -- */

enum state { START, SIGN, INTEGER, POINT, FRACTION, EXPONENT, POWER, INVALID, STATES };

static const char *const inputs[] = {
    "5012", "1234", "-874", "+122", "35.54400", ".1234500", "-110.700", "+0.64400", "5.500e+3", "-.123e-2", "-87e+832",
    "+0.6e-12", "T0.3e-1F", "-T.T++Tq", "1T3.4e4z", "34.0e-T^",
};

static enum state next_state(enum state state, char c)
{
    int digit = c >= '0' && c <= '9';
    switch (state) {
    case START: return digit ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : INVALID;
    case SIGN: return digit ? INTEGER : c == '.' ? POINT : INVALID;
    case INTEGER: return digit ? INTEGER : c == '.' ? FRACTION : c == 'e' ? EXPONENT : INVALID;
    case POINT: return digit ? FRACTION : INVALID;
    case FRACTION: return digit ? FRACTION : c == 'e' ? EXPONENT : INVALID;
    case EXPONENT: return digit || c == '+' || c == '-' ? POWER : INVALID;
    case POWER: return digit ? POWER : INVALID;
    default: return INVALID;
    }
}

static uint16_t state_work(uint16_t seed)
{
    uint16_t ends[STATES] = {0}, crc = seed;
    for (int n = 0; n < 64; n++) {
        enum state state = START;
        for (const char *c = inputs[(n + seed) & 15]; *c && state != INVALID; c++)
            state = next_state(state, (char)(n & 32 && *c == '5' ? 'x' : *c));
        ends[state]++;
    }
    for (int n = 0; n < STATES; n++)
        crc = crc_of(ends[n], crc);
    return crc;
}

int main(void)
{
    uint16_t crc = 0;
    for (int round = 0; round < ROUNDS; round++) {
        crc = crc_of(list_work((uint16_t)(crc + round)), crc);
        crc = crc_of(matrix_work(crc), crc);
        crc = crc_of(state_work(crc), crc);
    }
    print("%x\n", crc);
    return 0;
}
