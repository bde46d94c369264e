"""Programs for RTEMS whose faults lead through the kernel and the heap: the second run names the lines that are marked.

A line of a program that ends in ``/* WORD */`` is known here by that word.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from support.arm_gcc import cache_directory
from support.guest_side import guest_digest, guest_objects

import v7m
from rtems_shim.building.toolchain import compile_program

PROGRAMS = Path(__file__).parent / "why"
LEVELS = ("-O0", "-O2", "-Os")


def built(name: str, level: str) -> Path:
    """Return the program, built once for each content of it and of the guest side."""
    source = PROGRAMS / f"{name}.c"
    parts = [guest_digest().encode(), source.read_bytes(), level.encode()]
    elf = cache_directory() / f"why-{name}-{hashlib.sha256(b'|'.join(parts)).hexdigest()[:24]}.elf"
    if not elf.exists():
        made = elf.with_suffix(f".{os.getpid()}")
        flags = ("-g", level)
        assert compile_program([*flags, str(source), "-o", str(made)], guest=guest_objects(flags)) == 0
        made.rename(elf)
    return elf


def marked(name: str, word: str) -> str:
    """Return ``file.c:line`` of the line with that word."""
    lines = (PROGRAMS / f"{name}.c").read_text(encoding="utf-8").splitlines()
    number = next(number for number, line in enumerate(lines, 1) if line.endswith(f"/* {word} */"))
    return f"{name}.c:{number})"


@pytest.mark.parametrize("level", LEVELS)
def test_a_threads_argument_leads_to_the_local_of_who_created_it(level: str) -> None:
    result = v7m.run(built("thread_argument", level), why=True)
    assert result.outcome == "fault" and [step.kind for step in result.why] == ["register", "store", "register"]
    started, given, local = result.why
    assert "worker 0x" in started.text and "was started with" in started.text
    assert "the kernel stored there last" in given.text and marked("thread_argument", "GIVES") in given.text
    assert "is the address of `question`, a local of start (" in local.text
    assert ", which has returned, taken by start (" in local.text


@pytest.mark.parametrize("level", LEVELS)
def test_a_freed_node_tells_who_freed_it_and_whose_it_became(level: str) -> None:
    result = v7m.run(built("freed_node", level), why=True)
    assert result.outcome == "fault"
    loaded, stored, history = result.why[0], result.why[1], result.why[-1]
    assert marked("freed_node", "FOLLOWS")[:-1].rpartition(":")[0] in loaded.text and "sum" in loaded.text
    assert marked("freed_node", "SPOILS") in stored.text
    got, freed, taken = (history.text.index(marked("freed_node", word)) for word in ("GETS", "FREES", "TAKES"))
    assert got < freed < taken and history.kind == "memory"
    assert "freed at" in history.text and "got anew from malloc" in history.text


@pytest.mark.parametrize("name", ["thread_argument", "freed_node"])
def test_pure_python_says_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    elf = built(name, "-O2")
    first = v7m.run(elf, why=True).why
    monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    assert v7m.run(elf, why=True).why == first != ()
