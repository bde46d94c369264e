"""The block clock: counts instructions block by block, and finds the blocks that need attention.

The engine reports each block before it runs. This module adds up the instructions of the block before, knows each
block's obligations (armv7m/instructions.py) and answers whether the engine may run it or must stop in front of it.
A native accelerator does the same over the same fields; this is the reference.

An instruction takes one cycle. [D-001] An asynchronous event is acted on at the first block boundary at or after its
moment, never before. [D-002] The boundaries are the program's: where it may branch, and the ends of its pages. The
engine ends blocks elsewhere, too, when it has translated too much at once, and how much that is depends on what is
hooked; where execution falls through such a *cut* is no boundary.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from emulator.armv7m.instructions import Block, Kind, decode_block
from emulator.devices.clock import NEVER
from emulator.engine.shared_state import BLOCK_SLOTS
from emulator.engine.tables import PlainTable, Table, block_place

PAGE_SHIFT = 10
MOST_MEMORY = 12 << 20
"""Bytes that all decoded blocks may take, by ``_memory_of``: far more than any program uses at a time."""
PAGE_SIZE = 1 << PAGE_SHIFT
_OPEN_IT, _CUT, _SP_AT_END = Kind.OPEN_IT, Kind.CUT, Kind.SP_AT_END
_ASKED = Kind.ASKED
_NO_BOUNDARY = _OPEN_IT | _CUT | _SP_AT_END | _ASKED
MOST_DECODED = 60_000
"""Instructions and blocks that are decoded before the engine's hooks are renewed: some 200 bytes each."""


class Verdict(Enum):
    """What to do with the block about to run."""

    RUN = 0
    STOP = 1
    """The limit is reached, or the block before asked for a look at the exceptions."""
    ATTEND = 2
    """The block holds an instruction of a kind in ``before``: stop in front of it."""
    RETRANSLATE = 3
    """The block is new and holds instructions that must be hooked: hook them and translate again."""
    AGAIN = 5
    """The block before was cut short, and code was overwritten: drop that and go on here, which is no boundary."""
    FETCH = 4
    """The block lies in a page that the MPU splits: check its bytes before it runs."""


def key_of(block: Block) -> int:
    """Return what a block is found by: its size, its address and the ITSTATE that it begins with."""
    itstate = block.itstates[0] if block.itstates else 0
    return itstate << 44 | block.address << 12 | block.size


def is_cut(block: Block, code: bytes) -> bool:
    """Whether a block with the bytes ``code`` ends where neither the program branches nor its page ends.

    Depends on the code alone. An instruction that is not known here to end each block that it is in ends none.
    """
    offset = block.offsets[-1]
    return not ends_block(block.address + offset, code[offset : block.size])


def ends_block(address: int, code: bytes) -> bool:
    """Whether each block that holds the instruction ``code`` (2 or 4 bytes) at ``address`` ends with it."""
    first = code[0] | code[1] << 8
    end = (address + len(code)) % PAGE_SIZE
    if len(code) == 2:
        return end == 0 or _always_ends_narrow(first)
    return end in (0, 2) or _always_ends_wide(first, code[2] | code[3] << 8)


def _always_ends_narrow(word: int) -> bool:
    """B, BL, BX, BLX, CBZ, CBNZ, POP {PC}, MOV PC, ADD PC, CPS, SVC, UDF, BKPT, WFI, WFE, YIELD. [A5.2]"""
    return (
        word & 0xF000 == 0xD000 or word & 0xF800 == 0xE000 or word & 0xFF00 in (0x4700, 0xBD00, 0xBE00)
        or word & 0xF500 == 0xB100 or word & 0xFD87 == 0x4487 or word & 0xFFE0 == 0xB660
        or word in (0xBF10, 0xBF20, 0xBF30)
    )  # fmt: skip


def _always_ends_wide(first: int, second: int) -> bool:
    """Branches, MSR and ISB; TBB and TBH; LDR and LDM to PC. [A5.3]"""
    if first & 0xF800 == 0xF000 and second & 0x8000:
        is_branch = second & 0x5000 != 0 or first & 0x0380 != 0x0380
        return is_branch or first & 0xFFE0 == 0xF380 or (first == 0xF3BF and second & 0xFFF0 == 0x8F60)
    if first & 0xFFF0 == 0xE8D0:
        return second & 0xFFE0 == 0xF000
    if first & 0xFE50 == 0xE810:
        return bool(second & 0x8000)
    return first & 0xFF70 == 0xF850 and second & 0xF000 == 0xF000


def _memory_of(block: Block) -> int:
    """Return about how many bytes a decoded block takes."""
    return 400 + 48 * block.count + 250 * len(block.specials)


class BlockClock:
    """See the module. Blocks are kept where they have a slot of ``table``.

    ``read_code(address, size)`` returns the bytes of a block, ``read_itstate()`` the engine's ITSTATE, and
    ``canonical_page(page)`` the page of the memory behind a page, which is another one behind an alias.
    """

    def __init__(
        self,
        read_code: Callable[[int, int], bytes],
        read_itstate: Callable[[], int],
        canonical_page: Callable[[int], int],
        table: Table | None = None,
    ) -> None:
        self.read_code = read_code
        self.read_itstate = read_itstate
        self.canonical_page = canonical_page
        self.executed = 0
        self.limit = NEVER
        self.current: Block | None = None
        self.previous: Block | str | None = None
        """What executed before ``current``: a block, or a word of branch.py for what an exception did in between."""
        self.is_boundary = True
        """Whether the block that was entered last began at a boundary."""
        self.before = 0
        self.after = _OPEN_IT | _SP_AT_END
        self.hooked = Kind.ALIGNED | Kind.READS_CONTROL | Kind.SEND_EVENT | Kind.AFTER_SP
        self.has_splits = False
        """Whether some page that may be fetched from is executable in parts."""
        self._split_pages: set[int] = set()
        self.opening = 0
        """OPEN_IT when the run begins inside an IT block, as if a block before the first had left it open."""
        self.on_hook: Callable[[Block], bool] = lambda block: False
        """Hooks a new block's instructions; True when the block must be translated again."""
        self.repair_sp: Callable[[], None] = lambda: None
        """Clears the low bits of SP."""
        self.decoded = 0
        """Instructions and blocks decoded since the hooks were added: see Uc.renew_code_hooks()."""
        self._table: Table = PlainTable(BLOCK_SLOTS, block_place) if table is None else table
        self._block_at: dict[int, Block] = {}
        self._blocks_of_page: dict[int, dict[int, None]] = {}
        self._memory = 0

    @property
    def is_in_block(self) -> bool:
        """Whether a block is executing: not between two runs."""
        return self.current is not None

    def enter(self, address: int, size: int, begins_within: bool = False) -> Verdict:
        """Account for the block before and judge the block at ``address`` (``size`` bytes).

        ``begins_within`` says of the first block of a run of the engine whether it is the rest of one.
        """
        previous = self.current
        if previous is None:
            attention, self.opening, is_boundary = self.opening, 0, not begins_within
        else:
            self.executed += previous.count
            self.previous = previous
            self.current = None
            attention = previous.kinds & self.after
            is_boundary = not previous.kinds & _CUT or address != previous.address + previous.size
        self.is_boundary = is_boundary
        if is_boundary and self.executed >= self.limit:
            return Verdict.STOP
        key = address << 12 | size
        if attention:
            if attention & _OPEN_IT:
                itstate = self.read_itstate()
                if itstate:
                    key |= itstate << 44
            if attention & _SP_AT_END:
                self.repair_sp()
            if attention & ~_NO_BOUNDARY:
                return Verdict.STOP
            if attention & _CUT:
                return Verdict.STOP if is_boundary else Verdict.AGAIN
        block = self._block_at.get(self._table.find(key))
        if block is None:
            block = self._decode(key, address, size)
            is_hooked = self.on_hook(block)
            self._keep(key, block)
            if is_hooked:
                return Verdict.RETRANSLATE
        if block.kinds & self.before:
            return Verdict.ATTEND
        self.current = block
        return Verdict.FETCH if self.has_splits and self._may_be_split(address, size) else Verdict.RUN

    @property
    def kinds_left(self) -> int:
        """The kinds of the current block, and what was asked for in it."""
        return 0 if self.current is None else self.current.kinds

    def has_ended(self, block: Block, kinds: int, pc: int) -> bool:
        """Whether a run that goes from ``block`` of ``kinds`` to ``pc`` comes back there; note what that place is."""
        self.is_boundary = is_boundary = not kinds & _CUT or pc != block.address + block.size
        if is_boundary and (self.executed >= self.limit or kinds & _ASKED):
            return True
        return bool(kinds & self.after & ~_NO_BOUNDARY)

    def meet(self, address: int, size: int) -> Block:
        """Return the block there that begins outside an IT block, decoded and hooked if it is new."""
        block = self.block_at(address, size)
        if block is None:
            key = address << 12 | size
            block = self._decode(key, address, size)
            self.on_hook(block)
            self._keep(key, block)
        return block

    def _decode(self, key: int, address: int, size: int) -> Block:
        code = self.read_code(address, size)
        block = decode_block(address, code, key >> 44)
        if is_cut(block, code):
            block.kinds |= _CUT
        self.decoded += 1 + block.count
        if self.decoded > MOST_DECODED:
            self.make_room()
        return block

    def _may_be_split(self, address: int, size: int) -> bool:
        pages = self._split_pages
        return address >> PAGE_SHIFT in pages or (address + size - 1) >> PAGE_SHIFT in pages

    def note_split(self, page: int) -> None:
        """The page at ``page`` is executable in parts."""
        self.has_splits = True
        self._split_pages.add(page >> PAGE_SHIFT)

    def forget_splits(self) -> None:
        """No page that may be fetched from is executable in parts, as far as is known."""
        self.has_splits = False
        self._split_pages.clear()

    @property
    def wants_room(self) -> bool:
        """Whether the engine's own memory is to be given back before it goes on."""
        return self.decoded > MOST_DECODED

    def make_room(self) -> None:
        """Come back after the block that is about to run, and give back the engine's own memory."""
        self.decoded = MOST_DECODED + 1
        self.limit = 0

    def _keep(self, key: int, block: Block) -> None:
        """Give a block a slot, which may be another block's; give up others when all take too much memory."""
        number = self._table.put(key)
        loser = self._block_at.get(number)
        if loser is not None:
            self._forget(number, loser)
        self._block_at[number] = block
        for page in self._pages_of(block):
            self._blocks_of_page.setdefault(page, {})[key] = None
        self._memory += _memory_of(block)
        while self._memory > MOST_MEMORY:
            unused = self._block_at.get(self._table.sweep())
            if unused is None or unused is block:
                break
            self._remove(key_of(unused))

    def _pages_of(self, block: Block) -> tuple[int, ...]:
        """Return the canonical pages that a block lies in."""
        first, last = block.address >> PAGE_SHIFT, (block.address + block.size - 1) >> PAGE_SHIFT
        pages = (first,) if first == last else (first, last)
        return tuple(self.canonical_page(page) for page in pages)

    def _forget(self, number: int, block: Block) -> None:
        """A block has no slot any more; it had ``number``."""
        self._memory -= _memory_of(block)
        key = key_of(block)
        for page in self._pages_of(block):
            keys = self._blocks_of_page.get(page)
            if keys is not None:
                keys.pop(key, None)
                if not keys:
                    del self._blocks_of_page[page]

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

    def count_done(self, pc: int) -> None:
        """The 16-bit instruction at ``pc``, which the engine stopped in front of, was done for it."""
        self.executed += 1

    def now(self, pc: int) -> int:
        """Instructions executed before the one at ``pc`` in the current block."""
        block = self.current
        if block is None:
            return self.executed
        offset = pc - block.address
        return self.executed + (block.offsets.index(offset) if offset in block.offsets else 0)

    def forget_page(self, page: int) -> None:
        """Forget the blocks of a canonical page whose bytes may have changed."""
        for key in self._blocks_of_page.pop(page, ()):
            self._remove(key)

    def _remove(self, key: int) -> None:
        number = self._table.drop(key)
        if number >= 0:
            self._forget(number, self._block_at.pop(number))

    def block_at(self, address: int, size: int) -> Block | None:
        """Return the decoded block there that begins outside an IT block, or None."""
        return self._block_at.get(self._table.find(address << 12 | size))

    def sharing(self, address: int, size: int) -> list[Block]:
        """Return the decoded blocks that share bytes with the block there, and those that share with these, and so on.

        In the order of their addresses; blocks that begin inside an IT block are not among them.
        """
        keys = self._blocks_of_page.get(self.canonical_page(address >> PAGE_SHIFT), ())
        rest = [self._block_at[self._table.find(key)] for key in keys if not key >> 44]
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
        if self._block_at:
            self._table.clear()
        self._block_at.clear()
        self._blocks_of_page.clear()
        self._memory = 0
