"""Calls the run loop of the C half, native/run.c, and tells it how to move registers into the engine and out."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence

from emulator.engine.accelerator import Extension
from emulator.engine.shared_state import REGISTERS, State


class NativeRun:
    """Runs the engine of ``shared``. ``functions`` are addresses in Unicorn's library."""

    def __init__(self, shared: State, extension: Extension, handle: int, functions: dict[str, int]) -> None:
        self._shared = shared
        self._run = extension.run
        self._select_map = extension.select_map
        self._functions = extension.functions
        self._address = ctypes.addressof(shared)
        self._kept: list[object] = []
        self.on_trap: Callable[[], bool] = lambda: False
        """Serves the personality's trap while a run goes on: False to end the run after it."""
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
        values, written, doubles = (self._address + field.offset for field in (State.values, State.written, State.fp))
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

    def run(self) -> int:
        """Run from the shared registers; return the number of a Cause, or 0: the engine's own hooks know what it is.

        Then the shared registers hold the state; after a 0 only CONTROL, as it was when the engine began.
        """
        return self._run(self._address, self.on_trap)

    def store(self, address: int, data: bytes, privileged: bool) -> bool:
        """See KnownMemory."""
        done: bool = self._functions.store(self._address, address, data, privileged)
        return done

    def load(self, address: int, size: int, privileged: bool) -> bytes | None:
        """See KnownMemory."""
        found: bytes | None = self._functions.load(self._address, address, size, privileged)
        return found

    def select_map(self) -> None:
        """Put the memory map of the shared state in force, TLB included, with what is known of its pages."""
        self._select_map(self._address)
