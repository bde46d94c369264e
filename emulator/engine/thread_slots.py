"""The threads of the guest's own kernel that the C half can let run: native/threads.c, which this is the other side of.

Each has a slot that says whose stack is its own and which overlay holds while it runs (machine/overlay.py). State: what
is shared; without the C half nobody looks at it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence

from emulator.armv7m.mpu_region import PAGE_SIZE
from emulator.bits import WORD_MASK
from emulator.engine.shared_state import MAX_FILLED, MAX_ZONES, THREAD_PROBES, THREAD_SLOTS, State
from emulator.engine.watched_instructions import READS_WORTH_A_SEARCH


class ThreadSlots:
    """The slots of ``shared``."""

    def __init__(self, shared: State) -> None:
        self._shared = shared

    def follow(self, word: int, list_words: Sequence[int], in_thread_mode: bool, ended: tuple[int, int] | None) -> None:
        """Let C look who runs. ``word`` and ``list_words`` are addresses in this process; for the rest see Threads."""
        shared = self._shared
        shared.thread_word, shared.list_count = word, len(list_words)
        shared.list_words[: len(list_words)] = list(list_words)
        shared.switches_in_thread_mode = in_thread_mode
        shared.ended_offset, shared.ended_mask = ended or (0, 0)
        shared.follows_threads = True
        shared.core_reads = max(shared.core_reads, READS_WORTH_A_SEARCH)

    def clear(self, list_values: Sequence[int]) -> None:
        """Forget all threads; ``list_values`` are the words that change when one comes or goes."""
        shared = self._shared
        ctypes.memset(ctypes.addressof(shared) + State.threads.offset, 0, State.threads.size)
        shared.list_values[: len(list_values)] = list(list_values)

    def close(self, spans: Iterable[tuple[int, int]]) -> None:
        """Say where stacks are, as [low, high): bytes that an overlay may close."""
        zones: list[list[int]] = []
        for low, high in sorted(spans):
            first, last = low & -PAGE_SIZE, (high - 1) & -PAGE_SIZE
            if zones and first <= zones[-1][1] + PAGE_SIZE:
                zones[-1][1] = max(zones[-1][1], last)
            else:
                zones.append([first, last])
        while len(zones) > MAX_ZONES:  # what lies between is taken for a part of them
            nearest = min(range(1, len(zones)), key=lambda n: zones[n][0] - zones[n - 1][1])
            zones[nearest - 1][1] = zones.pop(nearest)[1]
        shared = self._shared
        for place, (first, last) in zip(shared.zones, zones, strict=False):
            place.first, place.last = first, last
        shared.zone_count, shared.filled_count = len(zones), MAX_FILLED + 1

    def put(self, thread: int, about: int, overlay: int, low: int, high: int) -> None:
        """Say which overlay holds while ``thread`` runs on [low, high) and ``about`` is about to; 0: whichever is."""
        slots, place = self._shared.threads, self.place(thread, about)
        chosen = slots[place]
        for probe in range(THREAD_PROBES):
            slot = slots[place + probe & THREAD_SLOTS - 1]
            if not slot.thread or (slot.thread, slot.about) == (thread, about):
                chosen = slot
                break
        chosen.thread, chosen.about, chosen.overlay, chosen.low, chosen.high = thread, about, overlay, low, high

    @staticmethod
    def place(thread: int, about: int) -> int:
        """Return the first place where the slot of a thread may be."""
        return ((thread * 0x9E3779B1 + about * 0x85EBCA77 & WORD_MASK) >> 16) & THREAD_SLOTS - 1
