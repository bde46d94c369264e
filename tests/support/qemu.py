"""Runs an ELF on qemu-system-arm and returns what a test compares: console bytes and exit code."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.guest_run import GuestRun
from support.tools import require_tool


def qemu_command(elf: Path, machine: str, semihosting: bool, icount: int | None, loads: Mapping[int, int]) -> list[str]:
    """Return the command line: one stdio console shared by UART 0 and semihosting, no display, no monitor, no network.

    ``loads`` maps addresses to words that are in memory before the program starts.
    """
    command = [
        *(require_tool("qemu-system-arm"), "-machine", machine, "-nodefaults", "-nic", "none", "-display", "none"),
        *("-chardev", "stdio,id=console,mux=on", "-serial", "chardev:console"),
        *("-kernel", str(elf)),
    ]
    if semihosting:
        command += ["-semihosting-config", "enable=on,target=native,chardev=console"]
    if icount is not None:
        command += ["-icount", f"shift={icount},sleep=off"]
    for address, word in loads.items():
        command += ["-device", f"loader,addr={address:#x},data={word:#x},data-len=4"]
    return command


def run_qemu(
    elf: Path,
    machine: str = "mps2-an386",
    *,
    semihosting: bool = True,
    stdin: bytes = b"",
    icount: int | None = None,
    loads: Mapping[int, int] | None = None,
    arguments: Sequence[str] = (),
    timeout: float = 60,
) -> GuestRun:
    """Run ``elf`` until it exits, locks up (QEMU aborts itself then) or ``timeout`` seconds have passed.

    ``icount`` is QEMU's shift: virtual time advances 2**icount ns an instruction, and runs are reproducible.
    ``arguments`` are added to the command line. A run that is cut off by the timeout has no exit code.
    """
    command = [*qemu_command(elf, machine, semihosting, icount, loads or {}), *arguments]
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as expired:
        return GuestRun(expired.stdout or b"", None, detail=f"QEMU was stopped after {timeout} s")
    words = done.stderr.decode("utf-8", "replace")
    if done.returncode < 0:
        return GuestRun(done.stdout, None, lockup="Lockup:" in words, detail=words)
    return GuestRun(done.stdout, done.returncode, detail=words)
