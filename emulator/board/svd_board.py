"""Writes a board file from a part's CMSIS-SVD description: its core, and each peripheral as declared registers.

The description says what registers do when they are written and read, and not what follows what: rules are the user's
to add. It says nothing of memory either. What overlaps is left out, and named in a comment.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.board.svd import SvdDevice, SvdPeripheral, SvdRegister, number
from emulator.errors import ConfigError
from emulator.program_file import printable

CORES = {"CM3": "cortex-m3", "CM4": "cortex-m4", "CM7": "cortex-m7"}
CORE_SPACE = range(0xE000_0000, 0xE010_0000)
"""What the core itself has: descriptions repeat some of it."""
DEFAULT_FREQUENCY = 100_000_000
ST_FLASH = 0x0800_0000
MEMORY = "CMSIS-SVD does not say what memory a part has: these are to be checked."

_KEYS: dict[str, tuple[str, ...]] = {
    "oneToClear": ("one_clears",), "oneToSet": ("one_sets",), "oneToToggle": ("one_toggles",),
    "zeroToClear": ("zero_clears",), "clear": ("one_clears", "zero_clears"),
}  # fmt: skip
"""What modifiedWriteValues becomes. What else there is keeps what is written."""


def board_text(device: SvdDevice, source: str) -> str:
    """Return the board file of ``device``; ``source`` is the description's file name. Raises ConfigError."""
    return "".join(f"{line}\n" for line in _lines(device, source))


def _lines(device: SvdDevice, source: str) -> Iterator[str]:
    peripherals, left_out = _placed(device)
    lines = [irq for each in peripherals for _, irq in each.interrupts]
    yield f"# {printable(device.name, 60)}, made of {printable(source, 60)} by v7m boards import."
    yield f'name = "{_plain(device.name.lower()) or "part"}"'
    yield f'description = "{_plain(device.name)}, registers as {_plain(source)} describes them"'
    yield f"frequency = {DEFAULT_FREQUENCY:_}"
    yield ""
    yield from _core(device, max(lines, default=31) + 1)
    is_st = device.vendor.lower().startswith("st")
    yield from ("", f"# {MEMORY}", "[[memory]]", 'name = "flash"')
    yield f"address = {_hex(ST_FLASH if is_st else 0)}"
    yield from ("size = 0x0010_0000", 'kind = "rom"', 'option = "flash"')
    yield from ["aliases = [0x0000_0000]"] if is_st else []
    yield from ("", "[[memory]]", 'name = "ram"', "address = 0x2000_0000", "size = 0x0002_0000", 'option = "ram"')
    for each, end in peripherals.items():
        yield ""
        yield from _peripheral(each, end, peripherals)
    yield from ["", *left_out] if left_out else []


def _core(device: SvdDevice, irqs: int) -> Iterator[str]:
    cpu = device.cpu
    name = cpu.get("name", "CM4").upper()
    if name not in CORES:
        known = ", ".join(CORES)
        raise ConfigError(f"{printable(device.name, 40)}: its core is {printable(name, 20)}. v7m runs {known} only.")
    yield "[core]"
    yield f'name = "{CORES[name]}"'
    has_fpu = cpu.get("fpuPresent", "") in ("true", "1") and name != "CM3"
    yield f"fpu = {'true' if has_fpu else 'false'}"
    yield f"mpu_regions = {8 if cpu.get('mpuPresent', 'true') in ('true', '1') else 0}"
    yield f"irqs = {min(max(1, irqs), 240)}"
    yield f"priority_bits = {min(max(3, number(cpu.get('nvicPrioBits'), 4)), 8)}"


def _placed(device: SvdDevice) -> tuple[dict[SvdPeripheral, int], list[str]]:
    """Return the peripherals that find a place, with their ends, lowest first, and comments on the others."""
    ordered = sorted(device.peripherals, key=lambda each: each.address)
    starts = sorted({each.address for each in ordered})
    placed: dict[SvdPeripheral, int] = {}
    names: dict[str, str] = {}
    left_out = []
    taken: dict[int, str] = {}
    for each in ordered:
        if each.address in CORE_SPACE or each.address % 4 or each.address + 4 > 1 << 32 or not each.name:
            continue
        if each.address in taken or each.name in names:
            left_out.append(f"# left out: {each.name} at {_hex(each.address)}, where {taken.get(each.address)} is")
            continue
        taken[each.address] = names[each.name] = each.name
        following = next((start for start in starts if start > each.address), 1 << 32)
        placed[each] = min(each.address + (each.size + 3 & ~3), following & ~3)
    return placed, left_out


def _peripheral(each: SvdPeripheral, end: int, placed: dict[SvdPeripheral, int]) -> Iterator[str]:
    size = end - each.address
    model = next((other for other in placed if other.name == each.like), None)
    is_like = model is not None and not model.like and placed[model] - model.address == size
    for name, irq in each.interrupts[1:]:
        yield f"# interrupt {irq}: {printable(name, 40)}"
    yield "[[device]]"
    yield f'like = "{each.like}"' if is_like else 'type = "registers"'
    yield f'name = "{each.name}"'
    yield f"address = {_hex(each.address)}"
    yield from [] if is_like else [f"size = 0x{size:04x}"]
    if each.interrupts and each.interrupts[0][1] < 240:
        yield f"irqs = {{ interrupt = {each.interrupts[0][1]} }}"
    if is_like:
        return
    rows = []
    last = 0
    names: set[str] = set()
    for register in sorted(each.registers, key=lambda r: r.offset):
        fits = register.size in (1, 2, 4) and register.offset % register.size == 0 and register.offset >= last
        if not fits or register.offset + register.size > size or register.name in names:
            continue
        names.add(register.name)
        last = register.offset + register.size
        rows.append(f"{register.name} = {{ {', '.join(_register(register))} }}")
    yield from ["", "[device.registers]", *rows] if rows else []


def _register(register: SvdRegister) -> Iterator[str]:
    yield f"offset = 0x{register.offset:02x}"
    if register.size != 4:
        yield f"size = {register.size}"
    whole = (1 << 8 * register.size) - 1
    if register.reset & whole:
        yield f"reset = 0x{register.reset & whole:x}"
    fields = [field for field in register.fields if field.low + field.width <= 8 * register.size and field.width > 0]
    writable, changes = whole, dict.fromkeys(("one_clears", "one_sets", "one_toggles", "zero_clears", "read_clears"), 0)
    for key in _KEYS.get(register.modified, ()):
        changes[key] = whole
    changes["read_clears"] = whole if register.read_action == "clear" else 0
    for field in fields:
        bits = (1 << field.width) - 1 << field.low
        if field.access == "read-only":
            writable &= ~bits
        for key in _KEYS.get(field.modified, ()):
            changes[key] |= bits
        changes["read_clears"] |= bits if field.read_action == "clear" else 0
    if register.access == "read-only":
        writable = 0
    if writable != whole:
        yield f"writable = 0x{writable:x}"
    yield from (f"{key} = 0x{bits:x}" for key, bits in changes.items() if bits)
    if register.access == "write-only" and not any(changes.values()):
        yield "pulse = true"
    names = {field.name: field for field in fields}
    if names:
        words = " ".join(f"{name}:{_places(field.low, field.width)}" for name, field in names.items())
        yield f'fields = "{words}"'


def _places(low: int, width: int) -> str:
    return str(low) if width == 1 else f"{low + width - 1}-{low}"


def _hex(value: int) -> str:
    return f"0x{value >> 16:04x}_{value & 0xFFFF:04x}"


def _plain(text: str) -> str:
    return "".join(c for c in printable(text, 60) if c.isalnum() or c in "-_. ")
