"""The block clock: counts instructions block by block, and finds the blocks that need attention.

The engine reports each block before it runs. This module adds up the instructions of the block before, knows each
block's obligations (armv7m/instructions.py) and answers whether the engine may run it or must stop in front of it.
A native accelerator does the same over the same fields; this is the reference.

An instruction takes one cycle. [D-001] An asynchronous event is acted on at the first block boundary at or after its
moment, never before. [D-002]
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from emulator.armv7m.instructions import Block, Kind, decode_block
from emulator.machine.clock import NEVER

PAGE_SHIFT = 10
_OPEN_IT = int(Kind.OPEN_IT)


class Verdict(Enum):
    """What to do with the block about to run."""

    RUN = 0
    STOP = 1
    """The limit is reached, or the block before asked for a look at the exceptions."""
    ATTEND = 2
    """The block holds an instruction of a kind in ``before``: stop in front of it."""
    RETRANSLATE = 3
    """The block is new and holds instructions that must be hooked: hook them and translate again."""
    FETCH = 4
    """The block lies in a page that the MPU splits: check its bytes before it runs."""


def key_of(block: Block) -> int:
    """Return what a block is found by: its size, its address and the ITSTATE that it begins with."""
    itstate = block.itstates[0] if block.itstates else 0
    return itstate << 44 | block.address << 12 | block.size


class BlockClock:
    """See the module.

    ``read_code(address, size)`` returns the bytes of a block, ``read_itstate()`` the engine's ITSTATE, and
    ``canonical_page(page)`` the page of the memory behind a page, which is another one behind an alias.
    """

    def __init__(
        self,
        read_code: Callable[[int, int], bytes],
        read_itstate: Callable[[], int],
        canonical_page: Callable[[int], int],
    ) -> None:
        self.read_code = read_code
        self.read_itstate = read_itstate
        self.canonical_page = canonical_page
        self.executed = 0
        self.limit = NEVER
        self.current: Block | None = None
        self.before = 0
        self.after = int(Kind.OPEN_IT)
        self.hooked = int(Kind.ALIGNED | Kind.READS_CONTROL | Kind.SEND_EVENT)
        self.split_pages: set[int] = set()
        """Pages (address >> 10) that are executable in parts."""
        self.opening = 0
        """OPEN_IT when the run begins inside an IT block, as if a block before the first had left it open."""
        self.on_hook: Callable[[Block], bool] = lambda block: False
        """Hooks a new block's instructions; True when the block must be translated again."""
        self._blocks: dict[int, Block] = {}
        self._blocks_of_page: dict[int, list[int]] = {}

    @property
    def is_in_block(self) -> bool:
        """Whether a block is executing: not between two runs."""
        return self.current is not None

    def enter(self, address: int, size: int) -> Verdict:
        """Account for the block before and judge the block at ``address`` (``size`` bytes)."""
        previous = self.current
        if previous is None:
            attention, self.opening = self.opening, 0
        else:
            self.executed += previous.count
            self.current = None
            attention = previous.kinds & self.after
        if self.executed >= self.limit:
            return Verdict.STOP
        key = address << 12 | size
        if attention:
            if attention & _OPEN_IT:
                itstate = self.read_itstate()
                if itstate:
                    key |= itstate << 44
            if attention & ~_OPEN_IT:
                return Verdict.STOP
        block = self._blocks.get(key)
        if block is None:
            block = self._add(key, address, size)
            if self.on_hook(block):
                return Verdict.RETRANSLATE
        if block.kinds & self.before:
            return Verdict.ATTEND
        if self.split_pages and (
            address >> PAGE_SHIFT in self.split_pages or (address + size - 1) >> PAGE_SHIFT in self.split_pages
        ):
            self.current = block
            return Verdict.FETCH
        self.current = block
        return Verdict.RUN

    def meet(self, address: int, size: int) -> Block:
        """Return the block there that begins outside an IT block, decoded and hooked if it is new."""
        block = self.block_at(address, size)
        if block is None:
            block = self._add(address << 12 | size, address, size)
            self.on_hook(block)
        return block

    def _add(self, key: int, address: int, size: int) -> Block:
        block = decode_block(address, self.read_code(address, size), key >> 44)
        self._blocks[key] = block
        first, last = address >> PAGE_SHIFT, (address + size - 1) >> PAGE_SHIFT
        for page in (first,) if first == last else (first, last):
            self._blocks_of_page.setdefault(self.canonical_page(page), []).append(key)
        return block

    def settle(self, pc: int) -> None:
        """The engine left the current block with the PC at ``pc``: count only the instructions before it."""
        block = self.current
        if block is None:
            return
        self.current = None
        offset = pc - block.address
        if offset in block.offsets:
            self.executed += block.offsets.index(offset)
        else:
            self.executed += block.count

    def now(self, pc: int) -> int:
        """Instructions executed before the one at ``pc`` in the current block."""
        block = self.current
        if block is None:
            return self.executed
        offset = pc - block.address
        return self.executed + (block.offsets.index(offset) if offset in block.offsets else 0)

    def forget_page(self, page: int) -> bool:
        """Forget the blocks of a canonical page whose bytes may have changed; True if there were any."""
        keys = self._blocks_of_page.pop(page, None)
        if not keys:
            return False
        for key in keys:
            self._remove(key)
        return True

    def _remove(self, key: int) -> None:
        self._blocks.pop(key, None)

    def set_splits(self, pages: set[int]) -> None:
        """Set the pages (address >> 10) that are executable in parts."""
        self.split_pages = pages

    def block_at(self, address: int, size: int) -> Block | None:
        """Return the decoded block there that begins outside an IT block, or None."""
        return self._blocks.get(address << 12 | size)

    def sharing(self, address: int, size: int) -> list[Block]:
        """Return the decoded blocks that share bytes with the block there, and those that share with these, and so on.

        In the order of their addresses; blocks that begin inside an IT block are not among them.
        """
        keys = self._blocks_of_page.get(self.canonical_page(address >> PAGE_SHIFT), ())
        rest = [self._blocks[key] for key in dict.fromkeys(keys) if key in self._blocks and not key >> 44]
        found: list[Block] = []
        low, high = address, address + size
        while True:
            near = [block for block in rest if block.address < high and block.address + block.size > low]
            if not near:
                return sorted(found, key=lambda block: (block.address, block.size))
            found += near
            rest = [block for block in rest if block.address >= high or block.address + block.size <= low]
            low = min(block.address for block in found)
            high = max(block.address + block.size for block in found)

    def set_kinds(self, block: Block, kinds: int) -> None:
        """Change what a decoded block is judged by."""
        block.kinds = kinds

    def forget_all(self) -> None:
        """Forget every block, as after a change of ``hooked``."""
        self._blocks.clear()
        self._blocks_of_page.clear()
