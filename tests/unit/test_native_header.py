"""The one declaration of what Python and C share: the committed header is the one that is written from it."""

import ctypes
import subprocess

import pytest
from support.tools import require_tool

from emulator.engine import accelerator, register_trace
from emulator.engine.native_header import HEADER, header
from emulator.engine.shared_logs import STRUCTURES
from emulator.engine.structure import fields, fingerprint


def test_the_committed_header_is_what_the_declarations_give():
    assert HEADER.read_text() == header(), "run python -m emulator.engine.native_header"


def compile_header(text, tmp_path):
    (tmp_path / "layout.h").write_text(text)
    (tmp_path / "unit.c").write_text('#include "layout.h"\n')
    calls = HEADER.parent / "engine_calls.h"
    (tmp_path / calls.name).write_text(calls.read_text())
    compiler = require_tool("gcc")
    return subprocess.run([compiler, "-std=c11", "-c", "unit.c"], cwd=tmp_path, capture_output=True, text=True)


def test_the_compiler_lays_every_field_out_where_ctypes_has_it(tmp_path):
    result = compile_header(header(), tmp_path)
    assert result.returncode == 0, result.stderr
    assert header().count("_Static_assert") == sum(len(structure._fields_) for structure in STRUCTURES.values())


def test_a_field_that_only_one_half_moves_does_not_compile(tmp_path):
    moved = header().replace("uint32_t before, after;", "uint32_t after, before;")
    result = compile_header(moved, tmp_path)
    assert result.returncode != 0
    assert "state.before" in result.stderr


def test_pointers_arrays_and_lists_of_names_are_laid_out():
    class Inner(ctypes.Structure):
        _fields_ = fields(["uint16_t a, b[3]; /* a comment, with; signs */"], {}, {})

    assert ctypes.sizeof(Inner) == 8
    layout = dict(fields(["const int *ids;", "inner one, two[TWO];"], {"inner": Inner}, {"TWO": 2}))
    assert layout["ids"] is ctypes.c_void_p
    assert layout["one"] is Inner
    assert ctypes.sizeof(layout["two"]) == 16


@pytest.mark.parametrize("line", ["uint23_t a;", "uint32_t a[SEVERAL];"])
def test_an_unknown_type_or_length_is_refused(line):
    with pytest.raises(KeyError):
        fields([line], {}, {"FEW": 3})


@pytest.mark.skipif(accelerator.load() is None, reason="the extension was not built")
def test_both_extensions_were_built_from_these_declarations():
    from emulator.engine import _accelerator, _register_trace

    assert _accelerator.fingerprint() == _register_trace.fingerprint() == fingerprint(STRUCTURES)
    assert register_trace.load() is _register_trace


def test_the_fingerprint_changes_with_any_line():
    class Other:
        LINES = ("uint32_t start, last;", "uint64_t host; /* another meaning */")

    assert fingerprint(STRUCTURES) != fingerprint({**STRUCTURES, "memory_range": Other})
