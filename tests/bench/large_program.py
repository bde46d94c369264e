"""A large program with debug information that ends in a fault: what a report of it costs."""

from __future__ import annotations

from pathlib import Path

from support.arm_gcc import build_bare

UNITS, FUNCTIONS = 30, 40

UNIT = """\
#include <stdint.h>
struct item {{ uint32_t first, second; struct item *next; }};
uint32_t {after}(struct item *item, uint32_t count);
static inline uint32_t mix(uint32_t x, uint32_t y) {{ x ^= y << 3; x += y * 7u; return x ^ x >> 5; }}
{functions}
"""

FUNCTION = """\
__attribute__((noinline)) uint32_t {name}(struct item *item, uint32_t count)
{{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {{
        sum += mix(item->first + i, item->second);
        if (sum & 4)
            item->first ^= mix(sum, i);
        else
            item->second += sum;
    }}
    return sum + {after}(item, count >> 1);
}}
"""

MAIN = """\
#include <stdint.h>
uint32_t {first}(void *item, uint32_t count);
uint32_t the_end(void *item, uint32_t count);
uint32_t the_end(void *item, uint32_t count) {{ (void)item; (void)count; __builtin_trap(); }}
static uint32_t item[3];
int main(void) {{ return (int){first}(item, 100); }}
"""


def _name(unit: int, function: int) -> str:
    return f"work_{unit}_{function}" if unit < UNITS else "the_end"


def _unit(unit: int) -> str:
    # The last function comes first, so that each knows the one that it calls.
    functions = [
        FUNCTION.format(
            name=_name(unit, function),
            after=_name(unit, function + 1) if function + 1 < FUNCTIONS else _name(unit + 1, 0),
        )
        for function in reversed(range(FUNCTIONS))
    ]
    return UNIT.format(after=_name(unit + 1, 0), functions="\n".join(functions))


def large_program() -> Path:
    """Return the ELF: UNITS compilation units of FUNCTIONS functions, of which the last units run."""
    files = {f"unit{unit}.c": _unit(unit) for unit in range(UNITS)}
    return build_bare([], "m4f", "-O2", generated=files | {"main.c": MAIN.format(first=_name(UNITS - 2, 0))})
