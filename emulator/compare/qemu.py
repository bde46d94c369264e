"""The QEMU side: one process that is stepped through its gdb stub.

The stub of QEMU 7.2 gives R0-R15, xPSR and the FP registers. The banked and masking registers it does not: they are
read by MRS instructions that take the place of the next one for a moment (``special_registers``). Memory and the System
Control Space are read over the qtest port, which also raises the interrupts that time would have raised.
"""

from __future__ import annotations

import socket
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from emulator.annotations import Self
from emulator.compare.elf_file import elf_bytes
from emulator.compare.remote import ConnectionEnded, GdbStub, MemoryPort, NoAnswer
from emulator.errors import ConfigError, EmulatorError
from emulator.image.image import Segment

PROGRAM = "qemu-system-arm"
MACHINES = ("mps2-an385", "mps2-an386", "mps2-an500", "lm3s6965evb")
"""The boards that QEMU has under the same name."""

PATIENCE = 20.0
"""Seconds of the host that one step may take; a processor that sleeps for ever takes longer."""

XPSR_REGISTER, FIRST_FP_REGISTER, FP_REGISTERS = 25, 26, 17
_STEP = "vCont;s"
_CORE, _XPSR = struct.Struct("<16I"), struct.Struct("<I")
_STEPPING, _UNDISTURBED = "Qqemu.sstep=1", "Qqemu.sstep=3"
"""Single step without timers (4) and, for reading registers by instructions, without interrupts (2)."""

SPECIAL_NUMBERS = {"control": 20, "msp": 8, "psp": 9, "primask": 16, "basepri": 17, "faultmask": 19}
"""SYSm of the registers that MRS reads [B5.1.1]; all but CONTROL read as zero without privilege."""

_ICSR, _ISPR = 0xE000_ED04, 0xE000_E200
_ICSR_SETS = {2: 1 << 31, 15: 1 << 26}
"""Bits of ICSR that pend NMI and SysTick. [B3.2.4]"""


class QemuEnded(EmulatorError):
    """The process ended while it was stepped. The message is its own last word."""


def _word(digits: str) -> int:
    return int.from_bytes(bytes.fromhex(digits), "little")


def _digits(value: int) -> str:
    return value.to_bytes(4, "little").hex()


class Qemu:
    """A processor in front of its first instruction. Use it in a ``with`` statement: the end kills the process.

    ``segments`` is what memory holds, ``entry`` the address of the first instruction. Raises ConfigError when
    ``program`` is not there, EmulatorError when it does not do what it should.
    """

    def __init__(self, program: str, machine: str, segments: Sequence[Segment], entry: int, has_fpu: bool) -> None:
        self._has_fpu = has_fpu
        self._folder = tempfile.TemporaryDirectory(prefix="v7m-compare-")
        self._process: subprocess.Popen[bytes] | None = None
        image, self._log = Path(self._folder.name) / "image.elf", Path(self._folder.name) / "log"
        image.write_bytes(elf_bytes(segments, entry))
        (gdb, gdb_end), (port, port_end) = socket.socketpair(), socket.socketpair()
        self._sockets = gdb, port
        self.gdb, self.port = GdbStub(gdb), MemoryPort(port)
        try:
            with gdb_end, port_end:
                self._process = self._start(program, machine, image, gdb_end.fileno(), port_end.fileno())
            self._prepare()
        except (OSError, EmulatorError) as error:
            reason = self._last_words() or str(error)
            self.close()
            if isinstance(error, OSError):
                raise ConfigError(missing(program, error)) from None
            words = f"{program}: QEMU's machine {machine} does not start: {reason.rstrip('.')}"
            raise ConfigError(f"{words}. Give a qemu-system-arm with --qemu.") from None

    def _start(self, program: str, machine: str, image: Path, gdb: int, port: int) -> subprocess.Popen[bytes]:
        command = [
            *(program, "-machine", machine, "-nodefaults", "-nic", "none", "-display", "none", "-monitor", "none"),
            *("-serial", "null", "-icount", "shift=5,sleep=off", "-S", "-kernel", str(image)),
            *("-chardev", f"socket,id=gdb,fd={gdb}", "-gdb", "chardev:gdb"),
            *("-chardev", f"socket,id=qtest,fd={port}", "-qtest", "chardev:qtest", "-qtest-log", "none"),
        ]
        with self._log.open("wb") as log:
            return subprocess.Popen(
                command, pass_fds=(gdb, port), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def _prepare(self) -> None:
        for end in self._sockets:
            end.settimeout(PATIENCE)
        # Only after it was asked for its registers does the stub let single ones be read and written.
        *_, features, accepted = self.gdb.ask("qSupported", "?", "qXfer:features:read:target.xml:0,fff", _STEPPING)
        if accepted != "OK":
            raise EmulatorError("its gdb stub cannot hold off timers and interrupts")
        if "arm-m-profile.xml" not in features or (self._has_fpu and "arm-vfp.xml" not in features):
            raise EmulatorError("its gdb stub does not show the registers")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        for end in self._sockets:
            end.close()
        self._folder.cleanup()

    def _last_words(self) -> str:
        """Return the line of the process's log that says why it ended."""
        try:
            lines = self._log.read_text("utf-8", "replace").splitlines()
        except OSError:
            return ""
        telling = [line for line in lines if line.strip() and "warning:" not in line]
        fatal = [line for line in telling if line.startswith("qemu: fatal:")]
        return (fatal or telling or [""])[0].removeprefix("qemu: fatal: ")

    # -- stepping ------------------------------------------------------------------------------------------------

    def begin_step(self) -> None:
        """Let the processor execute one instruction, or take one exception."""
        self.gdb.send(_STEP)

    def finish_step(self) -> bool:
        """Wait for the step; False when the processor sleeps and nothing wakes it. Raises QemuEnded."""
        try:
            answer = self.gdb.receive()
        except NoAnswer:
            self.gdb.interrupt()
            self.gdb.receive()
            return False
        except ConnectionEnded:
            assert self._process is not None
            self._process.wait(PATIENCE)
            raise QemuEnded(self._last_words() or "it ended without a word") from None
        if not answer.startswith(("T05", "S05")):
            raise QemuEnded(f"its gdb stub answered {answer!r}")
        return True

    # -- registers -----------------------------------------------------------------------------------------------

    def core_registers(self) -> tuple[int, ...]:
        """Return R0-R12, the current SP, LR, PC and xPSR."""
        data = bytes.fromhex(self.gdb.ask("g")[0])
        return (*_CORE.unpack_from(data), *_XPSR.unpack_from(data, len(data) - 4))

    def fp_registers(self) -> tuple[int, ...]:
        """Return S0-S31 and FPSCR."""
        numbers = range(FIRST_FP_REGISTER, FIRST_FP_REGISTER + FP_REGISTERS)
        *doubles, fpscr = self.gdb.ask(*(f"p{number:x}" for number in numbers))
        return (*(_word(double[at : at + 8]) for double in doubles for at in (0, 8)), _word(fpscr))

    def set_core_registers(self, values: Sequence[int]) -> None:
        """Set what ``core_registers`` returns, but for IPSR, which no debugger can set."""
        numbers = (*range(16), XPSR_REGISTER)
        self.gdb.ask(*(f"P{number:x}={_digits(value)}" for number, value in zip(numbers, values, strict=True)))

    def set_fp_registers(self, values: Sequence[int]) -> None:
        """Set what ``fp_registers`` returns."""
        doubles = [_digits(values[n]) + _digits(values[n + 1]) for n in range(0, 32, 2)]
        texts = [*doubles, _digits(values[32])]
        self.gdb.ask(*(f"P{FIRST_FP_REGISTER + n:x}={text}" for n, text in enumerate(texts)))

    def special_registers(self, pc: int, r0: int, privileged: bool) -> dict[str, int] | None:
        """Return the registers of SPECIAL_NUMBERS that can be read, None when the MRS was not executed.

        The four bytes at ``pc`` must be executable and ITSTATE zero: MRS instructions take their place one by one,
        with R0, which holds ``r0``, for the result.
        """
        names = list(SPECIAL_NUMBERS) if privileged else ["control"]
        code = self.gdb.ask(f"m{pc:x},4", _UNDISTURBED)[0]
        found: dict[str, int] | None = {}
        for name in names:
            instruction = bytes((0xEF, 0xF3, SPECIAL_NUMBERS[name], 0x80)).hex()
            self.gdb.send(f"M{pc:x},4:{instruction}", f"Pf={_digits(pc)}", _STEP)
            self.gdb.receive()
            self.gdb.receive()
            self.finish_step()
            value, reached = map(_word, self.gdb.ask("p0", "pf"))
            if reached != pc + 4 or found is None:
                found = None
                break
            found[name] = value
        self.gdb.ask(f"M{pc:x},4:{code}", f"P0={_digits(r0)}", f"Pf={_digits(pc)}", _STEPPING)
        return found

    # -- exceptions ----------------------------------------------------------------------------------------------

    def pend(self, exception: int) -> None:
        """Make NMI, SysTick or an external interrupt pending."""
        if exception in _ICSR_SETS:
            self.port.write_word(_ICSR, _ICSR_SETS[exception])
        else:
            irq = exception - 16
            self.port.write_word(_ISPR + irq // 32 * 4, 1 << irq % 32)


def missing(program: str, error: OSError) -> str:
    """Say in one line that QEMU cannot be started, and how to come by it."""
    if isinstance(error, FileNotFoundError):
        remedy = f"Install it (Debian: apt install {PROGRAM}) or say where it is with --qemu."
        return f"{program} is not installed. {remedy}"
    return f"{program} cannot be started: {error.strerror or error}. Say which one with --qemu."
