"""printf and scanf of programs built with v7m cc, against the host's C library: random formats and values."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from support.arm_gcc import CORE_FLAGS, MACHINES
from support.guest_side import guest_objects
from support.tools import require_tool

from emulator.cli.main import main
from rtems_shim.building import c_library
from rtems_shim.building.toolchain import compile_program

SEED = 20
COUNT = 400
# What the two libraries print differently on purpose is left out: subnormal %a, NaNs with a sign, %p.
TYPES = {
    "": "int", "hh": "int", "h": "int", "ll": "long long", "j": "intmax_t", "z": "size_t", "t": "ptrdiff_t",
}  # fmt: skip
FRAME = """
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static double value(uint64_t bits) { double d; memcpy(&d, &bits, sizeof d); return d; }
static void check(void)
{
  char text[1200];
%s
}
#ifdef __rtems__
#include <rtems.h>
static rtems_task Init(rtems_task_argument a) { (void) a; check(); exit(0); }
#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_INIT_TASK_STACK_SIZE (16 * 1024)
#define CONFIGURE_INIT_TASK_ATTRIBUTES RTEMS_FLOATING_POINT
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
#else
int main(void) { check(); return 0; }
#endif
"""


def integer_call(chance: random.Random) -> str:
    length = chance.choice(list(TYPES))
    letter = chance.choice("diuxXo")
    flags = "".join(flag for flag in "-+ #0" if chance.random() < 0.25)
    width = chance.choice(["", str(chance.randrange(30))])
    precision = chance.choice(["", "", "." + str(chance.randrange(20))])
    bits = {"ll": 64, "j": 64, "z": 31, "t": 31}.get(length, 32)
    number = chance.getrandbits(chance.randrange(1, bits + 1))
    number -= 1 << 63 if bits == 64 and number >> 63 else 0
    number -= 1 << 32 if bits == 32 and number >> 31 else 0
    literal = f"({TYPES[length]}) INT64_C({number})" if number != -(1 << 63) else f"({TYPES[length]}) INT64_MIN"
    return f'"%{flags}{width}{precision}{length}{letter}|%d", {literal}, 7'


def double_call(chance: random.Random) -> str:
    letter = chance.choice("eEfFgGaA")
    flags = "".join(flag for flag in "-+ #0" if chance.random() < 0.25)
    width = chance.choice(["", str(chance.randrange(40))])
    precision = chance.choice(["", "." + str(chance.randrange(25))])
    if letter in "fF":
        number = chance.choice([chance.uniform(-1e6, 1e6), chance.random() * 10.0 ** chance.randrange(-10, 40), 0.5])
    else:
        number = struct.unpack("<d", struct.pack("<Q", chance.getrandbits(64)))[0]
        if number != number or abs(number) < 1e-307:
            number = chance.choice([0.0, -0.0, float("inf"), -float("inf"), 0.1, 1.0, 9.995, 1e22])
    if letter in "aA":
        precision = ""  # glibc rounds half to even, newlib away from zero
    bits = int.from_bytes(struct.pack("<d", number), "little")
    return f'"%{flags}{width}{precision}{letter}|%d", value(UINT64_C({bits})), 7'


def scan_calls(chance: random.Random) -> list[str]:
    number = chance.uniform(-1, 1) * 10.0 ** chance.randrange(-300, 300)
    small, big = chance.getrandbits(31), chance.getrandbits(62)
    return [
        "{ double d = 0; size_t z = 0; unsigned char c = 0; intmax_t j = 0; ptrdiff_t t = 0; short h = 0; int n = -1;",
        f'  int k = sscanf("{number!r} {small} {small & 0xFF} {big} {small} {small & 0x7FFF} end",',
        '    "%lf %zu %hhu %jd %td %hd%n", &d, &z, &c, &j, &t, &h, &n);',
        '  printf("%d %a %zu %hhu %jd %td %hd %d\\n", k, d, z, c, j, t, h, n); }',
    ]


def source() -> str:
    chance = random.Random(SEED)
    lines = []
    for number in range(COUNT):
        call = (integer_call if number % 2 else double_call)(chance)
        lines.append(f'  {{ int n = snprintf(text, sizeof text, {call}); printf("{number}: %d [%s]\\n", n, text); }}')
    for _ in range(40):
        lines += scan_calls(chance)
    return FRAME % "\n".join(lines)


@pytest.mark.parametrize(("core", "level"), [("m3", "-O0"), ("m4f", "-O2"), ("m7", "-O3")])
def test_formats_are_those_of_the_hosts_library(
    core: str, level: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    require_tool("arm-none-eabi-gcc")
    host = shutil.which("cc")
    if host is None or not c_library.SOURCES.is_dir():
        pytest.skip("needs a C compiler of the host and Debian's newlib-source")
    path = tmp_path / "formats.c"
    path.write_text(source())
    subprocess.run([host, "-w", str(path), "-o", str(tmp_path / "host")], check=True)
    expected = subprocess.run([str(tmp_path / "host")], capture_output=True, text=True, check=True).stdout
    elf = tmp_path / "formats.elf"
    flags = [*CORE_FLAGS[core], level]
    # At any level the calls are the same, and so are their arguments; the library is compiled as it is.
    assert compile_program([*flags, "-O0", "-w", str(path), "-o", str(elf)], guest=guest_objects(flags)) == 0
    capfd.readouterr()
    assert main(["run", str(elf), "--board", MACHINES[core]]) == 0
    assert capfd.readouterr().out.splitlines() == expected.splitlines()
