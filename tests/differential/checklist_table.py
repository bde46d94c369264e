"""Writes docs/checklist.md: runs every program of the checklist here and on QEMU. Usage: python checklist_table.py"""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from support.checklist import table  # noqa: E402
from support.ours import run_ours  # noqa: E402
from support.qemu import run_qemu  # noqa: E402

if __name__ == "__main__":
    text = table(
        lambda program: run_ours(program.build(), program.machine),
        lambda program: run_qemu(program.build(), program.machine),
    )
    (TESTS.parent / "docs" / "checklist.md").write_text(text)
