"""Stands in for QEMU in tests of a comparison: a second machine of ours behind the interface of compare.qemu.Qemu."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.board.board import Board
from emulator.compare.here import Here
from emulator.compare.qemu import QemuEnded
from emulator.image.image import Image
from emulator.machine.stop import Lockup


class _Port:
    def __init__(self, here: Here) -> None:
        self._machine = here.machine

    def read(self, address: int, size: int) -> bytes:
        if address >= 0xE000_0000:
            words = (self._machine.system.peek(at, 4) for at in range(address, address + size, 4))
            return b"".join(word.to_bytes(4, "little") for word in words)
        return self._machine.peek(address, size)

    def write(self, address: int, data: bytes) -> None:
        self._machine.poke(address, data)


class Twin:
    """Executes like Here. ``spoil`` maps a step to a function that changes the machine after it."""

    def __init__(self, board: Board, images: Sequence[Image], spoil=None) -> None:
        self._here = Here(board, images)
        self.machine = self._here.machine
        self.machine.clock.run_due = lambda: None  # as on QEMU, no timer ever fires
        self.port = _Port(self._here)
        self._spoil = spoil or {}
        self._steps = 0
        self.pended: list[int] = []

    def begin_step(self) -> None:
        moment = self._here.step()
        self._steps += 1
        self._locked_up = isinstance(moment.reason, Lockup)
        if self._steps in self._spoil:
            self._spoil[self._steps](self.machine)

    def finish_step(self) -> bool:
        if self._locked_up:
            raise QemuEnded("Lockup: it is locked up")
        return True

    def core_registers(self) -> tuple[int, ...]:
        return self._here.core_registers()

    def fp_registers(self) -> tuple[int, ...]:
        return self._here.fp_registers()

    def special_registers(self, pc: int, r0: int, privileged: bool) -> dict[str, int] | None:
        return self._here.special_registers()

    def set_core_registers(self, values: Sequence[int]) -> None:
        regs = self.machine.registers
        regs.r, (regs.sp, regs.lr, regs.pc, regs.xpsr) = list(values[:13]), values[13:]

    def set_fp_registers(self, values: Sequence[int]) -> None:
        self.machine.registers.s, self.machine.registers.fpscr = list(values[:32]), values[32]
        self.machine.processor.store_fp()

    def pend(self, exception: int) -> None:
        self.pended.append(exception)
        self.machine.exceptions.pend(exception)
