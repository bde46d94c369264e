/* Bit-fields, packed and nested structures, unions, structures as arguments and results of every size. */
#include "check.h"

struct bits { unsigned a : 3; int b : 5; unsigned c : 12; int d : 7; unsigned e : 5; };
struct wide_bits { uint64_t low : 20; int64_t middle : 30; uint64_t high : 14; };
struct __attribute__((packed)) packed { uint8_t a; uint32_t b; uint16_t c; uint64_t d; int8_t e; };
union view { uint32_t word; uint16_t halves[2]; uint8_t bytes[4]; float real; };
struct s1 { uint8_t a; };
struct s3 { uint8_t a[3]; };
struct s4 { uint32_t a; };
struct s8 { uint32_t a, b; };
struct s20 { uint32_t a[5]; };
struct floats { float a, b, c, d; };
struct nested { struct s3 first; struct bits second; union view third; struct { uint16_t x, y; } fourth[3]; };

static __attribute__((noinline)) struct s1 one(uint8_t x) { return (struct s1){(uint8_t)(x + 1)}; }
static __attribute__((noinline)) struct s3 three(uint8_t x) { return (struct s3){{x, (uint8_t)(x * 2), (uint8_t)(x * 3)}}; }
static __attribute__((noinline)) struct s4 four(struct s1 a, struct s3 b) { return (struct s4){(uint32_t)a.a * b.a[2]}; }
static __attribute__((noinline)) struct s8 eight(struct s8 a, uint64_t b) { return (struct s8){a.b + (uint32_t)b, a.a}; }
static __attribute__((noinline)) struct s20 twenty(uint32_t x, struct s20 a, struct s8 b)
{
    for (int i = 0; i < 5; i++)
        a.a[i] = a.a[i] * x + b.a - b.b;
    return a;
}
static __attribute__((noinline)) struct floats mean(struct floats a, struct floats b, float weight)
{
    return (struct floats){a.a * weight + b.a, a.b + b.b * weight, a.c - b.c, weight};
}

static void bit_fields(void)
{
    struct bits x = {0};
    struct wide_bits y = {0};
    for (int i = 0; i < 60; i++) {
        uint32_t r = next_random();
        x.a = r & 7;
        x.b = (int)r >> 27;
        x.c += r >> 7 & 0xFFF;
        x.d = (int)(r << 3) >> 25;
        x.e ^= r & 31;
        y.low += r & 0xFFFFF;
        y.middle = (int32_t)r >> 2;
        y.high = x.c;
        mix(x.a);
        mix((uint32_t)(x.b * 100 + x.d));
        mix(x.c << 8 | x.e);
        mix64((uint64_t)y.middle ^ y.low ^ (uint64_t)y.high << 50);
    }
}

int main(void)
{
    bit_fields();
    section("bit-fields");
    struct packed p[3];
    CHECK(sizeof p[0] == 16);
    for (int i = 0; i < 3; i++)
        p[i] = (struct packed){(uint8_t)i, next_random(), (uint16_t)next_random(), (uint64_t)next_random() << 17, (int8_t)-i};
    mix_bytes(p, sizeof p);
    section("packed");
    union view v = {.real = OPAQUE(-6.25f)};
    mix(v.halves[1]);
    v.bytes[3] ^= 0x80;
    CHECK(v.real == 6.25f);
    mix(four(one(OPAQUE((uint8_t)4)), three(9)).a);
    struct s8 e = eight((struct s8){1, 2}, OPAQUE(0x500000007ull));
    mix(e.a * 31 + e.b);
    struct s20 t = {{1, 2, 3, 4, 5}};
    for (uint32_t i = 0; i < 10; i++)
        t = twenty(i, t, e);
    mix_bytes(&t, sizeof t);
    struct floats f = {1, 2, 3, 4};
    for (int i = 0; i < 5; i++)
        f = mean(f, (struct floats){0.5f, 0.25f, -1, 0}, OPAQUE(1.5f));
    mix_bytes(&f, sizeof f);
    section("by value");
    struct nested n[2] = {{.first = {{1, 2, 3}}, .third.word = 0xAABBCCDD, .fourth[2] = {7, 8}}, {.second.c = 0xABC}};
    struct nested copy = n[0];
    n[0] = n[1];
    n[1] = copy;
    mix(n[0].second.c * 7u + n[1].third.bytes[1] + n[1].fourth[2].y + n[1].first.a[2]);
    section("nested");
    return verdict();
}
