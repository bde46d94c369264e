"""Real traces against the schema in docs/, which is written by hand: every line is of the kind that it says."""

import json
import mmap
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from emulator.cli.main import main
from emulator.harness.case_runs import compile_sources

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "trace.schema.json").read_text(encoding="utf-8"))
DOCUMENT = (ROOT / "docs" / "trace.md").read_text(encoding="utf-8")
PROGRAMS = ("stack_sharing", "matrix_f_event", "matrix_m_preemption", "deadlock", "bare_mpu", "errno_shm_open")
VALIDATORS = {
    kind: jsonschema.Draft202012Validator({**definition, "$defs": SCHEMA["$defs"]})
    for kind, definition in SCHEMA["$defs"].items()
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_line_of_a_trace_fits_the_schema(name, tmp_path, capfd):
    path = tmp_path / "trace.jsonl"
    main(["run", str(ROOT / "firmware" / "prebuilt" / f"{name}.elf"), "--trace", str(path)])
    lines = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
    assert (lines[0]["kind"], lines[-1]["kind"]) == ("header", "stop")
    for line in lines:
        VALIDATORS[line["kind"]].validate(line)


def test_the_schema_is_a_schema_and_chooses_by_the_kind():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    whole = jsonschema.Draft202012Validator(SCHEMA)
    name = {"t": 1, "kind": "name", "thread": "0x00000001", "thread_name": "T", "name": "T"}
    assert whole.is_valid(name)
    assert not whole.is_valid({**name, "kind": "end", "thread": 1})
    assert not whole.is_valid({**name, "kind": "nothing"})


def test_a_killed_run_leaves_whole_lines(tmp_path):
    source, path = tmp_path / "loop.c", tmp_path / "trace.jsonl"
    source.write_text(
        "#include <rtems.h>\nrtems_task Init(rtems_task_argument a)\n{\n  (void) a;\n"
        "  for (;;)\n    rtems_task_self();\n}\n"
        "#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER\n#define CONFIGURE_MAXIMUM_TASKS 1\n"
        "#define CONFIGURE_RTEMS_INIT_TASKS_TABLE\n#define CONFIGURE_INIT\n#include <rtems/confdefs.h>\n"
    )
    compile_sources(["loop.c"], (), tmp_path, tmp_path / "loop.elf")
    command = [sys.executable, "-m", "v7m", "run", str(tmp_path / "loop.elf"), "--trace", str(path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        end = time.monotonic() + 60
        while time.monotonic() < end and (not path.exists() or path.stat().st_size < 1 << 20):
            time.sleep(0.02)
        process.kill()
    data = path.read_text(encoding="ascii")
    whole, _, rest = data.rpartition("\n")
    assert len(data) >= 1 << 20
    assert not rest or len(data) % mmap.PAGESIZE == 0  # the system ends the write of a killed process between two pages
    lines = [json.loads(line) for line in whole.splitlines()]
    for line in lines[:50] + lines[-50:]:
        VALIDATORS[line["kind"]].validate(line)
    assert main(["diff", str(path), str(path)]) == 2
