"""Calls the run loop of the C half (native/run.c): tells it how to move registers, and moves them to and from Python."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Sequence

from emulator.armv7m.core import Registers
from emulator.machine.shared_state import REGISTERS, State

_VALUES = struct.Struct(f"<{REGISTERS}Q")


class NativeRun:
    """Runs the engine of ``shared``. ``run`` is the extension's; ``functions`` are addresses in Unicorn's library."""

    def __init__(self, shared: State, run: Callable[[int], int], handle: int, functions: dict[str, int]) -> None:
        self._shared = shared
        self._run = run
        self._address = ctypes.addressof(shared)
        self._kept: list[object] = []
        shared.uc = handle
        for name, address in functions.items():
            setattr(shared, name, address)

    def connect(
        self, read: Sequence[int], banked: Sequence[int], write: Sequence[tuple[int, int]], fp: Sequence[int]
    ) -> None:
        """Say which registers are moved, by their numbers in Unicorn, in the order of ``values``.

        ``banked``: MSP, PSP and the masks. ``write`` has pairs of (number, place): a place below REGISTERS is one of
        ``values``, from there on one of ``written``.
        """
        shared, size = self._shared, ctypes.sizeof(ctypes.c_uint64)
        values, written, doubles = (
            self._address + field.offset for field in (State.values, State.written, State.fp)
        )
        shared.read_ids, shared.read_places = self._arrays(read, [values + size * n for n in range(len(read))])
        first_banked = read.index(banked[0])
        places = [values + size * read.index(number) for number in banked]
        assert places[0] == values + size * first_banked
        shared.banked_ids, shared.banked_places = self._arrays(banked, places)
        places = [values + size * n if n < REGISTERS else written + size * (n - REGISTERS) for _, n in write]
        shared.write_ids, shared.write_places = self._arrays([number for number, _ in write], places)
        shared.write_count = len(write)
        shared.fp_ids, shared.fp_places = self._arrays(fp, [doubles + size * n for n in range(len(fp))])
        shared.fp_count = len(fp)

    def _arrays(self, ids: Sequence[int], places: Sequence[int]) -> tuple[int, int]:
        arrays = (ctypes.c_int * len(ids))(*ids), (ctypes.c_void_p * len(places))(*places)
        self._kept += arrays
        return ctypes.addressof(arrays[0]), ctypes.addressof(arrays[1])

    def run(self, registers: Registers) -> int:
        """Run from ``registers`` and return the number of a Cause; 0 when the engine's own hooks know why it stopped.

        Then ``registers`` holds the state; after a 0 only CONTROL, as it was when the engine began.
        """
        shared, regs = self._shared, registers
        _VALUES.pack_into(
            shared.values, 0, *regs.r, regs.msp, regs.psp, regs.lr, regs.pc, regs.xpsr,
            regs.primask, regs.basepri, regs.faultmask, regs.control,
        )  # fmt: skip
        cause = self._run(self._address)
        if cause:
            values = _VALUES.unpack_from(shared.values)
            regs.r = list(values[:13])
            (
                regs.msp, regs.psp, regs.lr, regs.pc, regs.xpsr,
                regs.primask, regs.basepri, regs.faultmask, regs.control,
            ) = values[13:]  # fmt: skip
        else:
            regs.control = shared.values[REGISTERS - 1]
        return cause
