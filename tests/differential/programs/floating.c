/* float and double: arithmetic, conversions, comparisons with NaN and infinities, the mathematical library. */
#include "check.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

static const double values[] = {
    0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 3.14159265358979, 1e10, -1e10, 1e38, 1e-38, 1e-45, 3.4e38,
    1e300, -1e-300, 5e-324, 16777216.0, 16777217.0, 2147483647.0, 4294967295.0, 4294967296.0, 0.1, 1.0 / 3.0,
    INFINITY, -INFINITY, NAN,
};
enum { VALUES = sizeof values / sizeof *values };

/* A NaN's sign and payload are not specified: every NaN counts as the same. */
static void mix_float(float value)
{
    uint32_t word;
    memcpy(&word, &value, 4);
    mix(value != value ? 0x7FC00000 : word);
}

static void mix_double(double value)
{
    uint64_t word;
    memcpy(&word, &value, 8);
    mix64(value != value ? 0x7FF8000000000000 : word);
}

static void single(float a, float b)
{
    mix_float(a + b);
    mix_float(a - b);
    mix_float(a * b);
    mix_float(a / b);
    mix_float(-a);
    mix_float(fabsf(b));
    mix_float(sqrtf(fabsf(a)));
    mix((a < b) | (a <= b) << 1 | (a > b) << 2 | (a >= b) << 3 | (a == b) << 4 | (a != b) << 5);
    mix_double((double)a * b);
}

static void both(double a, double b)
{
    mix_double(a + b);
    mix_double(a - b);
    mix_double(a * b);
    mix_double(a / b);
    mix_float((float)a);
    mix((a < b) | (a <= b) << 1 | (a > b) << 2 | (a >= b) << 3 | (a == b) << 4 | (a != b) << 5);
    if (fabs(a) < 2e9)
        mix((uint32_t)(int32_t)a);
    if (a >= 0 && a < 4e9)
        mix((uint32_t)a);
    if (fabs(a) < 9e18)
        mix64((uint64_t)(int64_t)a);
    mix_double(floor(a));
    mix_double(ceil(a));
    mix_double(trunc(a));
}

static void library(double x)
{
    mix_double(sin(x));
    mix_double(cos(x));
    mix_double(exp(x / 10));
    mix_double(log(x + 20));
    mix_double(pow(x + 20, 0.7));
    mix_double(atan2(x, 2));
    mix_double(sqrt(x + 20));
    mix_float(sinf((float)x));
    mix_float(expf((float)x / 10));
    mix_double(fmod(x, 0.3));
    int exponent;
    mix_double(frexp(x, &exponent));
    mix((uint32_t)exponent);
}

int main(void)
{
    for (unsigned i = 0; i < VALUES; i++)
        for (unsigned j = 0; j < VALUES; j++) {
            single(OPAQUE((float)values[i]), OPAQUE((float)values[j]));
            both(OPAQUE(values[i]), OPAQUE(values[j]));
        }
    section("operators");
    for (int i = 0; i < 200; i++) {
        uint32_t words[4] = {next_random(), next_random(), next_random(), next_random()};
        float a, b;
        double c, d;
        memcpy(&a, &words[0], 4);
        memcpy(&b, &words[1], 4);
        memcpy(&c, &words[0], 8);
        memcpy(&d, &words[2], 8);
        single(a, b);
        both(c, d);
        mix_float((float)(int32_t)words[2]);
        mix_float((float)words[3]);
        mix_double((double)(int64_t)((uint64_t)words[0] << 32 | words[1]));
    }
    section("random");
    for (int i = -15; i < 15; i++)
        library(OPAQUE(i * 1.37));
    section("library");
    char text[64];
    snprintf(text, sizeof text, "%.9g %.3e %.2f", 1.0 / 3, 6.02214076e23, -2.675);
    puts(text);
    mix_double(strtod("1.7976931348623157e308", NULL));
    mix_double(strtod("4.9e-324", NULL));
    mix_double(atof("-123.456e-7"));
    section("text");
    CHECK(FLT_MAX * OPAQUE(2.0f) == INFINITY && OPAQUE(FLT_MIN) / 2 > 0);
    return verdict();
}
