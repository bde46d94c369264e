"""The hook that Unicorn calls in front of each block, and what may stand before it: a count, a log, a look at threads.

With the C half each of these is a function of native/, and calls the next one; the last is the block clock's. All of
them are chosen before the engine has run.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING
from emulator.engine.engine_run import EngineRun
from emulator.engine.processor import Processor
from emulator.engine.unicorn_library import unicorn_const

if TYPE_CHECKING:
    from emulator.engine.block_counts import BlockCounter
    from emulator.engine.block_log import BlockLog
    from emulator.engine.switch_watch import SwitchWatch


class BlockHook:
    """The hook of ``processor``: ``on_block`` in Python, the function at ``plain`` for Unicorn.

    ``native`` has the addresses of what C can put before it, by name; it is empty without the C half.
    """

    def __init__(
        self, processor: Processor, run: EngineRun, on_block: Callable[[object, int, int, object], None], plain: int,
        native: dict[str, int],
    ) -> None:  # fmt: skip
        self._processor = processor
        self._run = run
        self._on_block = on_block
        self._native = native
        self._data = ctypes.addressof(processor.shared)
        self._behind = 0, self._data
        self._hook = processor.uc.hook_add(unicorn_const.UC_HOOK_BLOCK, plain, self._data)
        self._kept: list[object] = []
        self.switches: SwitchWatch | None = None
        """What watches the guest's kernel, if anything does."""

    def count_blocks(self) -> BlockCounter:
        """Count from now on how often each block is executed."""
        from emulator.engine.block_counts import BlockCounter  # most runs are not counted

        counter = BlockCounter(self._processor.clock, self._run, self._processor.shared)
        if self._native:
            hook, data = counter.native_hook(self._native["counted_block"])
        else:
            hook, data = counter.python_hook(self._on_block, self._data)
        self._put_before(hook, data)
        return counter

    def log_blocks(self) -> BlockLog | None:
        """Return a log that can be kept of the blocks that are executed. None without C."""
        if not self._native:
            return None
        from emulator.engine.block_log import BlockLog  # for second runs

        log = BlockLog(self._processor.shared)
        self._kept.append(log)  # the hook writes to it as long as the engine runs
        self._put_before(self._native["logged_block"], log.address)
        return log

    def watch_switches(self, word: int, gate: int | None) -> SwitchWatch | None:
        """Watch the word at a guest address that names the running thread, from now on; see SwitchWatch.

        None where one of the addresses is no aligned one of memory. Who comes later gets the watch that is there.
        """
        if self.switches is not None:
            return self.switches
        from emulator.engine.switch_watch import SwitchWatch  # for kernels in the guest

        host = self._processor.memory.host_of
        places = [None if address is None or address % 4 else host(address) for address in (word, gate)]
        if places[0] is None or (places[1] is None and gate is not None):
            return None
        self.switches = SwitchWatch(places[0], places[1], self._processor.clock, self._run, self._processor.shared)
        if self._native:
            self._put_before(*self._behind)
        return self.switches

    def _put_before(self, hook: int, data: int) -> None:
        """Let the function at ``hook`` be called first; 0 for the plain one. Switches are looked at before anything."""
        self._behind = hook, data
        if self.switches is not None and self._native:
            self.switches.chain(hook, data)
            hook, data = self._native["switch_block"], self.switches.address
        uc = self._processor.uc
        uc.hook_del(self._hook)
        self._hook = uc.hook_add(unicorn_const.UC_HOOK_BLOCK, hook, data)
