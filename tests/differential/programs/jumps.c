/* setjmp and longjmp across frames, with variables in memory and in registers, integer and floating. */
#include "check.h"
#include <setjmp.h>

static jmp_buf outer, inner;

static void descend(int depth, float weight)
{
    float mine = weight * 1.5f;
    if (depth == 0) {
        if (OPAQUE(1))
            longjmp(outer, 17);
        return;
    }
    descend(depth - 1, mine);
    mix_bytes(&mine, sizeof mine);
}

static int generator_state;
static int guarded(int divisor)
{
    int code = setjmp(inner);
    if (code)
        return -code;
    if (divisor == 0)
        longjmp(inner, 99);
    return 1000 / divisor;
}

static float kept_across(float a, float b, float c)
{
    /* values that a caller keeps in callee-saved FP registers must survive the jump below */
    volatile int landed = 0;
    float product = a * b, sum = a + b + c;
    if (setjmp(outer) == 0)
        descend(5, c);
    else
        landed = 1;
    return landed ? product + sum : 0.0f;
}

int main(void)
{
    volatile int rounds = 0;
    int code = setjmp(outer);
    mix((uint32_t)code);
    if (rounds < 5) {
        rounds = rounds + 1;
        descend(rounds * 3, (float)rounds);
    }
    CHECK(rounds == 5 && code == 17);
    section("longjmp");
    CHECK(guarded(OPAQUE(8)) == 125 && guarded(OPAQUE(0)) == -99);
    volatile int zero = 0;
    if (setjmp(inner) == 0)
        longjmp(inner, zero); /* 0 becomes 1 */
    else
        generator_state++;
    CHECK(generator_state == 1);
    float value = kept_across(OPAQUE(1.25f), OPAQUE(-3.5f), OPAQUE(8.0f));
    mix_bytes(&value, sizeof value);
    section("floats");
    return verdict();
}
