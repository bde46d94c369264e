"""Records sessions of Microsoft's client with the adapter: ``PYTHONPATH=tests python tests/dap/record.py [NAME ...]``.

A transcript is what ``v7m dap --log`` writes, with this machine's paths replaced. The tests replay it where there is
neither node nor GDB.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from test_dap_microsoft import HERE, ROOT, SCENARIOS, build_program, client_folder

TRANSCRIPTS = HERE / "transcripts"
RECORDED = (
    "a_breakpoint_shows_frames_variables_and_threads",
    "values_can_be_changed_and_expressions_evaluated",
    "breakpoints_of_every_kind_stop_where_they_should",
    "memory_is_read_written_and_disassembled",
    "a_fault_stops_at_its_instruction_and_is_explained",
    "a_running_program_takes_breakpoints_pauses_and_restarts",
    "the_program_prints_ends_and_hands_on_its_status",
    "time_goes_backwards_to_breakpoints_to_writes_and_to_the_beginning",
)


def record(name: str, folder: Path) -> str:
    """Return the transcript of a scenario, whose client starts the adapter through a script that adds --log."""
    source, program = build_program(folder)
    log, starter = folder / "log.txt", folder / "v7m"
    starter.write_text(
        f"#!/bin/sh\nexec {shlex.join([sys.executable, '-m', 'emulator.cli.main', 'dap', '--log', str(log)])}\n"
    )
    starter.chmod(0o755)
    variables = {"CLIENT_FOLDER": str(client_folder()), "V7M": str(starter), "ROOT": str(ROOT)}
    variables |= {"PROGRAM": str(program), "SOURCE": str(source)}
    subprocess.run(["node", str(SCENARIOS), name], env={**os.environ, **variables}, check=True)
    text = log.read_text(encoding="utf-8")
    for here, there in (
        (shlex.join([sys.executable, "-P", "-m", "v7m"]), "v7m"),
        (str(ROOT / "emulator" / "dap" / "log_points_in_gdb.py"), "/usr/share/v7m/log_points_in_gdb.py"),
        (str(folder), "/src/project"),
        (str(ROOT), "/src/v7m"),
    ):
        text = text.replace(here, there)
    return re.sub(r"/home/[^/]+/", "/", text)  # where whoever packaged the C library has compiled it


def main() -> None:
    TRANSCRIPTS.mkdir(exist_ok=True)
    for name in sys.argv[1:] or RECORDED:
        with tempfile.TemporaryDirectory() as folder:
            (TRANSCRIPTS / f"{name}.txt").write_text(record(name, Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
