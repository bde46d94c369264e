"""Which stores gave registers of the core the values that they have at the end of a run.

They are noted while the second run goes to its end, as the bus tells them; who made one is looked for afterwards, among
the instructions around its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.annotations import NamedTuple
from emulator.diagnosis.definitions import effect_at
from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

NEAR = 8
"""Instructions around the time of a store that it is looked for in: within a block time is not exact."""


class RegisterStore(NamedTuple):
    """A store of the word ``value``, at the virtual ``time``."""

    time: int
    value: int


class RegisterStores:
    """The stores to the registers at ``addresses`` that changed what was stored before, in their order.

    Noted until ``end()``: what comes then is the replay's going back and forth. A reset of the core forgets them.
    """

    def __init__(self, replay: Replay, addresses: Iterable[int]) -> None:
        self._replay = replay
        self._stores: dict[int, list[RegisterStore]] = {}
        self._is_open = True
        self._resets = replay.machine.resets
        for address in addresses:
            replay.machine.system.tell_stores(address, self._noting(address))

    def _noting(self, address: int) -> Callable[[int], None]:
        stores = self._stores.setdefault(address, [])

        def note(value: int) -> None:
            self._forget_before_reset()
            if self._is_open and (not stores or stores[-1].value != value):
                stores.append(RegisterStore(self._replay.machine.clock.now, value))

        return note

    def _forget_before_reset(self) -> None:
        resets = self._replay.machine.resets
        if self._is_open and resets != self._resets:
            self._resets = resets
            for stores in self._stores.values():
                stores.clear()

    def end(self) -> None:
        """Note no more: the replay is at the end of the run."""
        self._forget_before_reset()
        self._is_open = False

    def to(self, address: int) -> list[RegisterStore]:
        """Return the stores to the register at ``address``."""
        return self._stores.get(address, [])

    def since(self, address: int, mask: int, value: int) -> tuple[RegisterStore, bool] | None:
        """Return the store since which the bits of ``mask`` are ``value``, and whether another was stored before it.

        None where the last store left another one, or there was none.
        """
        found = None
        for store in reversed(self.to(address)):
            if store.value & mask != value & mask:
                return None if found is None else (found, True)
            found = store
        return None if found is None else (found, False)

    def tell(
        self, steps: list[WhyStep], store: RegisterStore, register: int, words: str, byte: int | None = None
    ) -> None:
        """Say ``words`` of who made ``store`` to ``register``; nothing where that is not found.

        ``byte``: the address of the byte that it is about, if not each of the register's.
        """
        replay = self._replay
        replay.traveller.goto_time(max(0, store.time - NEAR))
        start = replay.here()
        for state in replay.steps_from(start, Position(start.position.executed + 2 * NEAR, 0)):
            effect = effect_at(replay, state)
            for stored in effect[1].stored if effect is not None else ():
                address = stored.memory.address(state.registers, state.pc) + stored.place
                lane = (1 << 8 * stored.size) - 1
                is_value = store.value >> 8 * (address & 3) & lane == state.registers[stored.register] & lane
                is_byte = byte is None or byte in range(address, address + stored.size)
                if address & ~3 == register and is_value and is_byte:
                    replay.traveller.goto(state.position)
                    where, now = where_is(replay), replay.machine.clock.now
                    text = f"{where.call} {words}, at {now:,}"
                    steps.append(WhyStep("memory", text, now, state.pc, where.place, where.caller, where.thread))
                    return
