"""Real traces against the schema in docs/, which is written by hand: every line is of the kind that it says."""

import json
from pathlib import Path

import jsonschema
import pytest

from emulator.cli.main import main

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
