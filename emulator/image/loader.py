"""Loads the programs a user named: decides each file's format by its content, and how several files go together."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import pairwise

from emulator.annotations import TypeVar
from emulator.bits import WORD_MASK
from emulator.debuginfo.source import CodeListing
from emulator.errors import ConfigError, ImageError
from emulator.image.elf import IndexOf, is_elf, read_elf, read_symbol_file
from emulator.image.image import Image, Segment, Symbol, SymbolTable
from emulator.program_file import SHOWN_TEXT, printable, read_program_file, shown_path

FilePath = str | os.PathLike[str]
_Found = TypeVar("_Found")

_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
FORMATS_REMEDY = "Give an ELF, Intel HEX, or a raw binary with --load-address."

_FOREIGN_FORMATS = (
    (b"!<arch>\n", "is a static library", "Link it into an executable with arm-none-eabi-gcc."),
    (b"MZ", "is a Windows program", "Build it with arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb."),
    (b"\xcf\xfa\xed\xfe", "is a macOS program", "Build it with arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb."),
    (b"\x1f\x8b", "is compressed (gzip)", "Unpack it first."),
    (b"PK\x03\x04", "is a zip archive", "Unpack it first."),
    (b"UF2\n", "is a UF2 file", "Give the ELF it was made from."),
    (b"BC\xc0\xde", "is LLVM bitcode", "Compile and link it."),
)


def load_images(
    paths: Sequence[FilePath],
    load_address: int | Sequence[int] | None = None,
    symbols: Sequence[str] = (),
    index_of: IndexOf | None = None,
) -> list[Image]:
    """Return one image a file of ``paths`` (at least one), in their order. Their segments do not overlap.

    ``load_address`` places the raw binaries: one address, or one for each in their order. Each of ``symbols`` names an
    ELF file: ``FILE`` lends its symbols, debug information and notes to the first image without symbols; with
    ``FILE@OFFSET`` those of code that runs OFFSET bytes above where it was linked are there beside the first image's
    own, notes left out. ``index_of`` is elf.read_elf's.

    Raises ImageError when a file is no program or two of them overlap, and ConfigError when an option fits no file.
    """
    addresses = [] if load_address is None else [load_address] if isinstance(load_address, int) else list(load_address)
    given = len(addresses)
    images = [_load(path, addresses, given, index_of) for path in paths]
    if addresses:
        others = f"{_list_names(paths)} {'say' if len(paths) > 1 else 'says'} where to load"
        reason = others if len(addresses) == given else "there are more addresses than such files"
        raise ConfigError(f"--load-address 0x{addresses[0]:08x} has no raw binary to place: {reason}. Drop the option.")
    _check_overlaps(paths, images)
    beside = []
    for name in symbols:
        path, offset = split_offset(name)
        lender = _symbol_file(path, index_of)
        if offset is None:
            _lend_symbols(images, path, lender)
        else:
            beside.append(_relocated(lender, offset))
    if beside:
        images[0] = _with_beside(images[0], beside)
    return images


def join_images(images: Sequence[Image]) -> Image:
    """Return one image with the segments and the knowledge of all ``images``; of equal names the first one counts.

    The name is the images' names joined by "+".
    """
    return images[0] if len(images) == 1 else _Joined(images).image


class _Joined:
    """Several images that answer as one."""

    def __init__(self, images: Sequence[Image]) -> None:
        self._images = images
        self.image = Image(
            "+".join(image.name for image in images),
            sorted((s for image in images for s in image.segments), key=lambda s: s.address),
            SymbolTable(self._symbols),
            {key: value for image in reversed(images) for key, value in image.notes.items()},
            lambda address: self._ask(address, lambda image: image.source_line(address)),
            lambda address: self._ask(address, lambda image: image.unwind(address)),
            lambda address: self._ask(address, lambda image: image.source_frames(address) or None) or [],
            sections=lambda: {k: v for image in reversed(images) for k, v in image.sections().items()},
            listing=self._listing,
            layouts=lambda address, names: (
                self._ask(address, lambda image: image.layouts(address, names) or None) or {}
            ),
            variable=lambda address, name, offset: self._ask(
                address, lambda image: image.variable(address, name, offset)
            ),
            is_armv7em=any(image.is_armv7em for image in images),
            is_armv6m=any(image.is_armv6m for image in images),
        )
        self._collect_warnings()

    def _ask(self, address: int, look_up: Callable[[Image], _Found | None]) -> _Found | None:
        """Return the first answer. The image loaded at ``address`` is asked first; code copied to RAM is in none."""
        answers = map(look_up, sorted(self._images, key=lambda image: image.segment_at(address) is None))
        answer = next((answer for answer in answers if answer is not None), None)
        self._collect_warnings()
        return answer

    def _listing(self) -> CodeListing:
        listings = [image.listing() for image in self._images]
        self._collect_warnings()
        parts = zip(*listings, strict=True)
        return CodeListing(*(tuple(item for part in same for item in part) for same in parts))

    def _symbols(self) -> list[Symbol]:
        symbols = [symbol for image in self._images for symbol in image.symbols.symbols]
        self._collect_warnings()
        return symbols

    def _collect_warnings(self) -> None:
        """Take over what the images' lazy look-ups found wrong."""
        for image in self._images:
            self.image.warnings += [warning for warning in image.warnings if warning not in self.image.warnings]


def _load(path: FilePath, addresses: list[int], given: int, index_of: IndexOf | None) -> Image:
    """Return the image of one file, and take the address of a raw one off ``addresses``."""
    data = read_program_file(path)
    if is_elf(data):
        return read_elf(data, path, index_of)
    from emulator.image.hexfile import is_hex, read_hex
    from emulator.image.rawfile import read_raw

    if is_hex(data):
        return read_hex(data, path)
    if addresses:
        return read_raw(data, path, addresses.pop(0))
    if given:
        raise ConfigError(f"{shown_path(path)} is a raw binary without an address. Give one --load-address for each.")
    raise _unknown_format(data, path)


def _unknown_format(data: bytes, path: FilePath) -> ImageError:
    shown = shown_path(path)
    for magic, what, remedy in _FOREIGN_FORMATS:
        if data.startswith(magic):
            return ImageError(f"{shown} {what}. {remedy}")
    text = _text_start(data)
    if text is None:
        from emulator.image.vector_table import likely_load_address

        address = likely_load_address(data)
        likely = "" if address is None else f" Its vectors fit --load-address 0x{address:08x}."
        return ImageError(
            f"{shown} is neither ELF nor Intel HEX. If it is a raw binary, say where with --load-address.{likely}"
        )
    if text[:1] == "S" and text[1:2].isdigit() and _HEX_DIGITS.issuperset(text[2:10]):
        return ImageError(f"{shown} looks like Motorola S-records. Convert it: objcopy -I srec -O ihex.")
    return ImageError(f'{shown} is not an ELF file (it starts with "{printable(text, SHOWN_TEXT)}"). {FORMATS_REMEDY}')


def _text_start(data: bytes) -> str | None:
    """Return the first line that is not blank when ``data`` is text, else None."""
    start = data[:4096]
    try:
        text = start.decode()
    except UnicodeDecodeError as error:
        if error.start < len(start) - 3:
            return None
        text = start[: error.start].decode()  # the cut went through a character
    if any(not (character.isprintable() or character in "\t\n\r\f") for character in text):
        return None
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _check_overlaps(paths: Sequence[FilePath], images: list[Image]) -> None:
    """Refuse two files that load the same address."""
    placed: list[tuple[Segment, FilePath]] = [
        (segment, path) for path, image in zip(paths, images, strict=True) for segment in image.segments
    ]
    placed.sort(key=lambda item: item[0].address)
    for (lower, lower_path), (upper, upper_path) in pairwise(placed):
        if upper.address < lower.end:
            raise ImageError(
                f"{shown_path(upper_path)} loads {upper}, which overlaps {lower} of {shown_path(lower_path)}. "
                "Link them to different addresses."
            )


def split_offset(name: str) -> tuple[str, int | None]:
    """Return the path and the offset of ``FILE@OFFSET``; the offset is None where no number follows an ``@``."""
    path, at, text = name.rpartition("@")
    try:
        offset = int(text, 0)
    except ValueError:
        return name, None
    if not at:
        return name, None
    if not -1 << 32 < offset < 1 << 32:
        shown = shown_path(name)
        raise ConfigError(f"--symbols {shown}: {printable(text)} is no 32-bit offset. Write it as 0x20001000.")
    return path, offset


def _symbol_file(path: FilePath, index_of: IndexOf | None) -> Image:
    data = read_program_file(path)
    if not is_elf(data):
        raise ImageError(f"{shown_path(path)} is not an ELF file, so it holds no symbols. Give the ELF of the program.")
    return read_symbol_file(data, path, index_of)


def _relocated(image: Image, offset: int) -> Image:
    """Return what ``image`` knows, for code that is ``offset`` bytes above where it was linked."""

    def linked(address: int) -> int:
        return (address - offset) & WORD_MASK

    def symbols() -> list[Symbol]:
        return [symbol._replace(address=(symbol.address + offset) & WORD_MASK) for symbol in image.symbols.symbols]

    return Image(
        image.name,
        [],
        SymbolTable(symbols),
        source_line=lambda address: image.source_line(linked(address)),
        unwind=lambda address: image.unwind(linked(address)),
        source_frames=lambda address: image.source_frames(linked(address)),
        warnings=image.warnings,
        listing=lambda: image.listing().moved(offset),
        layouts=lambda address, names: image.layouts(linked(address), names),
        variable=lambda address, name, offset: image.variable(linked(address), name, offset),
    )


def _with_beside(image: Image, beside: list[Image]) -> Image:
    joined = join_images([image, *beside])
    joined.name, joined.notes, joined.even_entry = image.name, image.notes, image.even_entry
    return joined


def _lend_symbols(images: list[Image], path: FilePath, lender: Image) -> None:
    """Give the first image without symbols those of ``lender``, the ELF file ``path``."""
    borrower = next((image for image in images if not image.symbols.symbols), None)
    if borrower is None:
        raise ConfigError(
            f"--symbols {shown_path(path)}: every program file has symbols already. Drop the option, or write "
            f"{shown_path(path)}@OFFSET for code that is loaded while the program runs."
        )
    borrower.symbols = lender.symbols
    borrower.notes = lender.notes | borrower.notes
    borrower.source_line = lender.source_line
    borrower.unwind = lender.unwind
    borrower.source_frames = lender.source_frames
    borrower.listing = lender.listing
    borrower.layouts = lender.layouts
    borrower.variable = lender.variable
    lender.warnings[:0] = borrower.warnings
    borrower.warnings = lender.warnings  # the list that look-ups in the lent information add to
    if not _same_code(borrower, lender):
        borrower.warnings.append(f"{lender.name}: its code differs from {borrower.name}; names and lines may be wrong")


def _same_code(image: Image, reference: Image) -> bool:
    """Whether ``image`` holds what ``reference`` loads. A file of debug information loads nothing and so agrees."""
    loads = [segment for segment in reference.segments if segment.data]
    held = [(segment, image.bytes_at(segment.address, len(segment.data))) for segment in loads]
    present = [segment.data == data for segment, data in held if data is not None]
    return all(present) and (bool(present) or not loads)


def _list_names(paths: Sequence[FilePath]) -> str:
    names = [shown_path(path) for path in paths]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
