/* Calls within calls: deep, mutual, doubly recursive, with arrays of run-time size in every frame. */
#include "check.h"

static unsigned ackermann(unsigned m, unsigned n)
{
    if (m == 0)
        return n + 1;
    return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static unsigned fibonacci(unsigned n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

static unsigned odd(unsigned n);
static unsigned even(unsigned n) { return n == 0 ? 1 : odd(n - 1); }
static unsigned odd(unsigned n) { return n == 0 ? 0 : even(n - 1); }

static unsigned moves;
static void hanoi(int disks, char from, char to, char spare)
{
    if (disks == 0)
        return;
    hanoi(disks - 1, from, spare, to);
    moves++;
    mix((uint32_t)(from << 16 | to << 8 | disks));
    hanoi(disks - 1, spare, to, from);
}

static uint32_t sum_of_variable_array(int n)
{
    uint32_t values[n];
    for (int i = 0; i < n; i++)
        values[i] = (uint32_t)(i * n + 7);
    uint32_t below = n > 1 ? sum_of_variable_array(n - 1) : 0;
    for (int i = 0; i < n; i++)
        below = below * 31 + values[i];
    return below;
}

static int solutions;
static void queens(int row, uint32_t columns, uint32_t left, uint32_t right)
{
    if (row == 7) {
        solutions++;
        mix(columns ^ left << 8 ^ right << 16);
        return;
    }
    for (uint32_t free = 0x7F & ~(columns | left | right); free; free &= free - 1) {
        uint32_t bit = free & -free;
        queens(row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
}

int main(void)
{
    CHECK(ackermann(OPAQUE(2), 9) == 21);
    CHECK(ackermann(OPAQUE(3), 4) == 125);
    CHECK(fibonacci(OPAQUE(18)) == 2584);
    CHECK(even(OPAQUE(1000)) == 1 && odd(OPAQUE(777)) == 1);
    hanoi(OPAQUE(8), 'a', 'c', 'b');
    CHECK(moves == 255);
    section("hanoi");
    mix(sum_of_variable_array(OPAQUE(48)));
    section("variable arrays");
    queens(OPAQUE(0), 0, 0, 0);
    CHECK(solutions == 40);
    section("queens");
    return verdict();
}
