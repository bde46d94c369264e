"""Backtraces of compiled programs: the same with call frame information and without, at every optimisation level."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from support.arm_gcc import build_bare
from support.tools import require_tool

from emulator.cli.main import main

CALLS = """
#include "console.h"
#define OUT __attribute__((noinline, noclone))
volatile uint32_t sink;
static volatile float reading = 1.5f;

OUT void fail(uint32_t at) { while (sink != at) { } }
OUT void tail(uint32_t at) { fail(at + 4); }
OUT int many(int a, int b, int c, int d, int e, uint32_t at)
{
  int x = a * b, y = c * d, z = e * a, w = b * c;
  tail(at);
  sink += (uint32_t) x;
  return x + y + z + w + (int) sink;
}
OUT float with_fp(float f, uint32_t at)
{
  float g = f * reading;
  sink = (uint32_t) many(1, 2, 3, (int) f, 5, at);
  return g + (float) sink;
}
OUT int variable(int n, uint32_t at)
{
  volatile char room[n];
  room[n - 1] = 1;
  sink = (uint32_t) with_fp(2.5f, at);
  return room[n - 1];
}
OUT int large(uint32_t at)
{
  volatile char room[5000];
  room[7] = 2;
  sink = (uint32_t) variable(room[7] + 30, at);
  return room[7];
}
OUT int recursive(int n, uint32_t at)
{
  int got = n ? recursive(n - 1, at) : large(at);
  return got + (int) sink;
}
OUT int chosen(int which, uint32_t at)
{
  switch (which) {
  case 0: return 7;
  case 1: return recursive(3, at) + 1;
  case 2: sink = 2; return 9;
  case 3: sink = 3; return recursive(1, at);
  default: return 0;
  }
}
static int (*volatile through)(int, uint32_t) = chosen;
int main(void) { sink = (uint32_t) through(1, 1); finish(0); return 0; }
"""
NAMES = ["fail", "tail", "many", "with_fp", "variable", "large", *["recursive"] * 4, "chosen", "main"]


def frames(elf: Path, board: str, capsys: pytest.CaptureFixture[str]) -> tuple[list[dict], str | None]:
    """Return the frames of the loop that ``elf`` ends in, and why further ones are unknown."""
    main(["run", str(elf), "--board", board, "--report", "json", "--max-instructions", "20000"])
    trace = json.loads(capsys.readouterr().err)["end"]["backtrace"]
    return trace["frames"], trace["unknown"]


@pytest.mark.parametrize("optimisation", ["-O0", "-Os", "-O2"])
@pytest.mark.parametrize(("core", "board"), [("m3", "mps2-an385"), ("m4f", "mps2-an386")])
def test_code_without_frame_information_gives_the_same_calls(core, board, optimisation, tmp_path, capsys):
    elf = build_bare([], core, optimisation, generated={"calls.c": CALLS})
    strip = require_tool("arm-none-eabi-strip")
    no_debug, no_symbols = tmp_path / "no_debug.elf", tmp_path / "no_symbols.elf"
    for option, path in (("--strip-debug", no_debug), ("--strip-all", no_symbols)):
        shutil.copy(elf, path)
        subprocess.run([strip, option, str(path)], check=True)
    with_cfi, unknown = frames(elf, board, capsys)
    assert unknown is None and [frame["symbol"] for frame in with_cfi][: len(NAMES)] == NAMES
    assert [frame["guessed"] for frame in with_cfi[:5]] == [False] * 5
    without, unknown = frames(no_debug, board, capsys)
    assert unknown is None
    assert [(f["symbol"], f["pc"], f["relation"]) for f in without] == [
        (f["symbol"], f["pc"], f["relation"]) for f in with_cfi
    ]
    nameless, _ = frames(no_symbols, board, capsys)
    called = [frame["pc"] for frame in with_cfi if frame["relation"] != "tail call"]
    assert [frame["pc"] for frame in nameless][: len(called) - 1] == called[:-1]
