"""Reads debug information, DWARF versions 2 to 5, through pyelftools: units, lines, functions, frame descriptions.

This module decides what is asked of pyelftools and what its answers mean; debug_info.py asks by address. It is
imported at the first look-up, and only what that needs is read.

A damaged file must cost a warning and not the run, in time and memory as well, which pyelftools does not promise. So

* it reads from streams that count (``SectionStream``): its work stays in proportion to the sections' size;
* units are found by their lengths, and their entries read in file order, never by references to siblings;
* what it keeps of a unit is dropped once the unit's lines or functions are extracted;
* whatever it raises becomes a DwarfError (``_understood``).

Left out on purpose: split debug information, and expressions, also as the rule for a CFA.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import pairwise
from operator import attrgetter

from elftools.common.utils import struct_parse
from elftools.dwarf import constants
from elftools.dwarf.callframe import FDE
from elftools.dwarf.dwarfinfo import DebugSectionDescriptor, DwarfConfig, DWARFInfo
from elftools.dwarf.enums import DW_FORM_raw2name
from elftools.dwarf.ranges import BaseAddressEntry
from elftools.dwarf.structs import DWARFStructs

from emulator.annotations import Any
from emulator.bits import WORD_MASK
from emulator.debuginfo.debug_tables import DwarfError, Frame, LineTable, Scope, Sequence, Unit
from emulator.debuginfo.section_stream import Allowance, SectionStream
from emulator.debuginfo.source import Layout, UnwindRow, Variable
from emulator.debuginfo.structures import find_layouts
from emulator.debuginfo.variables import find_local, find_member
from emulator.program_file import printable

ADDRESS_SIZE = 4
CORE_REGISTERS = 16
LONGEST_STRING = 4096
"""Bytes of a path or a name that are kept."""

LARGEST_LINE_PROGRAM = 1 << 20
"""Bytes. A row of a line table, for which one byte may be enough, takes pyelftools some 250 bytes of memory."""

MOST_ENTRIES = 250_000
"""Entries of one unit that are searched for functions; in a larger one inlined calls stay unknown."""

MOST_FRAME_INSTRUCTIONS = 4096
"""Instructions of one function's frame description; compilers make at most a few hundred."""

_LONGEST_ORIGIN = 8
"""References from an entry to the one that bears its name; compilers make at most three."""

_UNUSED_SECTIONS = ("aranges", "loc", "loclists", "pubnames", "pubtypes", "sup", "types")
_CODE_UNITS = frozenset({"DW_UT_compile", "DW_UT_partial", "DW_UT_skeleton"})
_FUNCTION_TAGS = frozenset({"DW_TAG_subprogram", "DW_TAG_inlined_subroutine"})
_NAME_LINKS = ("DW_AT_abstract_origin", "DW_AT_specification")

_ABOUT_ONE_REGISTER = frozenset(
    {
        *(constants.DW_CFA_offset_extended, constants.DW_CFA_offset_extended_sf, constants.DW_CFA_restore_extended),
        *(constants.DW_CFA_same_value, constants.DW_CFA_undefined, constants.DW_CFA_register),
        *(constants.DW_CFA_val_offset, constants.DW_CFA_val_offset_sf),
        *(constants.DW_CFA_expression, constants.DW_CFA_val_expression),
    }
)


def _is_raised_by_library(error: BaseException) -> bool:
    """Whether pyelftools raised ``error``, or what it called: it comes last in the traceback, and not our code."""
    place, last = error.__traceback__, ""
    while place is not None:
        top = str(place.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        last = top if top in ("elftools", "emulator") else last
        place = place.tb_next
    return last == "elftools"


@contextmanager
def _understood() -> Iterator[None]:
    """Turn what pyelftools raises on damage, errors of a dozen kinds down to RecursionError, into a DwarfError.

    What is raised here and not there is a bug of ours, and stays what it is.
    """
    try:
        yield
    except Exception as error:
        if not (isinstance(error, DwarfError | RecursionError) or _is_raised_by_library(error)):
            raise
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, DwarfError):
            cause = cause.__context__  # pyelftools rewraps what is raised inside it, refusals of the streams too
        # Its own words are left out: they change from version to version.
        raise DwarfError(*(cause.args if cause else ())) from None


class DwarfReader:
    """Reads the debug sections of one program. ``section`` returns (address, contents) by name, contents b"" if none.

    ``contents`` are the sections that units are read from, by the names without ".debug_". Reading them spends of
    ``allowance``. Every method raises DwarfError when what it reads is damaged.
    """

    def __init__(
        self, section: Callable[[str], tuple[int, bytes]], contents: dict[str, bytes], allowance: Allowance
    ) -> None:
        self._section = section
        self._contents = contents
        self._allowance = allowance

    @_understood()
    def units(self) -> tuple[list[Unit], list[DwarfError]]:
        """Return (the units that hold code, by offset; what is wrong with others)."""
        dwarf = self._open(self._sections)
        info = self._contents["info"]
        found: list[Unit] = []
        damage: list[DwarfError] = []
        position = 0
        while position < len(info):
            length, header = int.from_bytes(info[position : position + 4], "little"), position + 4
            if length == 0xFFFF_FFFF:  # the 64-bit format [DWARF 5, 7.4]
                length, header = int.from_bytes(info[header : header + 8], "little"), header + 8
            if header + length > len(info):
                return found, [*damage, DwarfError("a unit is longer than its section")]
            try:
                version = int.from_bytes(info[header : header + 2], "little")
                unit = _read_unit(dwarf, position, header + length, version)
                found += [unit] if unit else []
            except DwarfError as error:
                damage = damage or [error]
            position = header + length
        return found, damage

    @_understood()
    def line_table(self, unit: Unit) -> LineTable:
        """Return the line table of a unit that has one."""
        dwarf = self._open(self._sections)
        program = _line_program(dwarf, dwarf.get_CU_at(unit.offset), unit.lines or 0)
        sequences = _sequences(program.get_entries())
        return LineTable(sorted(sequences, key=lambda sequence: sequence.addresses[0]), _file_paths(program))

    @_understood()
    def scopes(self, unit: Unit, units: list[Unit]) -> list[Scope]:
        """Return the functions and inlined copies of ``unit`` that have code, in file order."""
        entries = self._open(self._sections).get_CU_at(unit.offset)
        found = []
        depth = 0
        for count, entry in enumerate(entries.iter_DIEs()):
            if count >= MOST_ENTRIES:
                raise DwarfError(f"a unit has more than {MOST_ENTRIES} entries")
            if entry.is_null():
                depth -= 1
                continue
            if entry.tag in _FUNCTION_TAGS and (ranges := _ranges(entries, entry)):
                found.append((depth, ranges, entry))
            depth += bool(entry.has_children)
        # Names are looked up last: that reads entries out of order.
        return [_scope(depth, ranges, entry, units) for depth, ranges, entry in found]

    @_understood()
    def layouts(self, unit: Unit, units: list[Unit], names: tuple[str, ...]) -> dict[str, Layout]:
        """Return the layouts of the structures of ``unit`` that bear one of ``names``."""
        entries = self._open(self._sections).get_CU_at(unit.offset)
        return find_layouts(entries.iter_DIEs(), names, _reference(units), MOST_ENTRIES)

    @_understood()
    def variable(self, unit: Unit, units: list[Unit], pc: int, name: str, offset: int) -> Variable | None:
        """Return what is at ``offset`` of the variable ``name`` of ``unit``, without a name of the frame at ``pc``."""
        entries = self._open(self._sections).get_CU_at(unit.offset)
        refer, listed = _reference(units), entries.iter_DIEs()
        if name:
            return find_member(listed, refer, name, offset, MOST_ENTRIES)
        return find_local(listed, lambda entry: _ranges(entries, entry), refer, pc, offset, MOST_ENTRIES)

    @_understood()
    def frames(self, name: str) -> list[Frame]:
        """Return the frame descriptions of section ``name``, .debug_frame or .eh_frame, [] when there is none."""
        address, contents = self._section(name)
        if not contents:
            return []
        stream = SectionStream(contents, Allowance(len(contents)))
        section = DebugSectionDescriptor(stream, name, None, len(contents), address)
        if name == ".eh_frame":
            entries = self._open({}, eh_frame_sec=section).EH_CFI_entries()
        else:
            entries = self._open({}, debug_frame_sec=section).CFI_entries()
        descriptions = [entry for entry in entries if isinstance(entry, FDE)]
        return [_frame(number, description) for number, description in enumerate(descriptions)]

    @_understood()
    def unwind_rows(self, frame: Frame) -> list[tuple[int, UnwindRow | None]]:
        """Return (first address, row) for the code of a frame, by address; no row where its CFA is no core register's.

        A description that says it with expressions has no rows.
        """
        return _rows(frame.description)

    @cached_property
    def _sections(self) -> dict[str, Any]:
        """What every DWARFInfo reads units from; the streams share one allowance."""
        return {
            f"debug_{name}_sec": DebugSectionDescriptor(SectionStream(data, self._allowance), name, None, len(data), 0)
            for name, data in self._contents.items()
            if data
        }

    def _open(self, sections: dict[str, Any], **more: Any) -> Any:
        """Return a new DWARFInfo. It keeps all that is read through it, so nobody keeps it for long."""
        missing = dict.fromkeys(
            [f"debug_{name}_sec" for name in (*self._contents, *_UNUSED_SECTIONS, "frame")]
            + ["eh_frame_sec", "gnu_debugaltlink_sec"]
        )
        config = DwarfConfig(little_endian=True, machine_arch="ARM", default_address_size=ADDRESS_SIZE)
        return DWARFInfo(config, **missing | sections | more)


# -- units and entries ----------------------------------------------------------------------------------------------


@_understood()
def _read_unit(dwarf: Any, offset: int, end: int, version: int) -> Unit | None:
    """Return the unit at ``offset`` of .debug_info, None for a kind that holds no code."""
    # pyelftools makes parsers for any version and keeps them before it says which it knows.
    if not 2 <= version <= 5:
        raise DwarfError(f"a unit has version {version}")
    unit = dwarf.get_CU_at(offset)
    if version == 5 and unit["unit_type"] not in _CODE_UNITS:
        return None
    if unit["address_size"] != ADDRESS_SIZE:
        raise DwarfError(f"a unit has {unit['address_size']}-byte addresses")
    root = unit.get_top_DIE()
    return Unit(offset, end, _number(root, "DW_AT_stmt_list"), _ranges(unit, root))


def _number(entry: Any, name: str) -> int | None:
    """Return an attribute that is a constant, an offset or an address; None when absent."""
    attribute = entry.attributes.get(name)
    return attribute.value if attribute and isinstance(attribute.value, int) else None


def _text(value: object) -> str:
    """Return a name or a path that pyelftools read; "" when it is none."""
    return printable(value[:LONGEST_STRING].decode(errors="backslashreplace")) if isinstance(value, bytes) else ""


def _ranges(unit: Any, entry: Any) -> list[tuple[int, int]]:
    """Return the address ranges (start, end) of an entry, [] when it has no code."""
    listed = _number(entry, "DW_AT_ranges")
    if listed is not None:
        return _listed_ranges(unit, listed)
    low, high = _number(entry, "DW_AT_low_pc"), _number(entry, "DW_AT_high_pc")
    if low is None or high is None:
        return []
    if not entry.attributes["DW_AT_high_pc"].form.startswith("DW_FORM_addr"):
        high += low  # a constant is the size [DWARF 4, 2.17.2]
    return [(low, high)] if low < high else []


def _listed_ranges(unit: Any, offset: int) -> list[tuple[int, int]]:
    """Return a list of .debug_ranges or .debug_rnglists. [DWARF 5, 2.17.3]"""
    base = _number(unit.get_top_DIE(), "DW_AT_low_pc") or 0
    found = []
    for item in unit.dwarfinfo.range_lists().get_range_list_at_offset(offset, unit):
        if isinstance(item, BaseAddressEntry):
            base = item.base_address
        elif item.begin_offset < item.end_offset:
            start = 0 if item.is_absolute else base
            found.append((start + item.begin_offset, start + item.end_offset))
    return found


def _scope(depth: int, ranges: list[tuple[int, int]], entry: Any, units: list[Unit]) -> Scope:
    return Scope(
        depth,
        ranges,
        entry.tag == "DW_TAG_inlined_subroutine",
        _number(entry, "DW_AT_call_file") or 0,
        _number(entry, "DW_AT_call_line") or 0,
        _function_name(entry, units),
    )


def _function_name(entry: Any, units: list[Unit]) -> str:
    """Return the name of a function's entry, "" where none is recorded. [DWARF 5, 3.3.8.2]"""
    for _ in range(_LONGEST_ORIGIN):
        if "DW_AT_name" in entry.attributes:
            return _text(entry.attributes["DW_AT_name"].value)
        link = next((name for name in _NAME_LINKS if name in entry.attributes), None)
        if link is None:
            return ""
        if entry.attributes[link].form == "DW_FORM_ref_addr":
            entry = _entry_at(entry.dwarfinfo, entry.attributes[link].value, units)
        else:
            entry = entry.get_DIE_from_attribute(link)
    raise DwarfError("a function's name is too many references away")


def _reference(units: list[Unit]) -> Callable[[Any, str], Any]:
    """Return what follows the reference that an attribute of an entry is."""

    def refer(entry: Any, name: str) -> Any:
        attribute = entry.attributes[name]
        if attribute.form == "DW_FORM_ref_addr":
            return _entry_at(entry.dwarfinfo, attribute.value, units)
        return entry.get_DIE_from_attribute(name)

    return refer


def _entry_at(dwarf: Any, offset: int, units: list[Unit]) -> Any:
    """Return the entry at ``offset`` of .debug_info. pyelftools alone would read refused units on its way there."""
    index = bisect_right(units, offset, key=attrgetter("offset")) - 1
    if index < 0 or offset >= units[index].end:
        raise DwarfError("a reference leads outside the units")
    return dwarf.get_CU_at(units[index].offset).get_DIE_from_refaddr(offset)


# -- lines ----------------------------------------------------------------------------------------------------------


def _line_program(dwarf: Any, unit: Any, offset: int) -> Any:
    """Return the line program of ``unit``, which is at ``offset`` of .debug_line."""
    section = dwarf.debug_line_sec
    if section is None:
        raise DwarfError("there are no line tables")
    unit.get_top_DIE()
    # GNU as writes 32-bit line tables beside 64-bit units; pyelftools takes the unit's format for both.
    is_64_bit = struct_parse(unit.structs.Dwarf_uint32(""), section.stream, offset) == 0xFFFF_FFFF
    unit.structs = DWARFStructs(
        little_endian=True,
        dwarf_format=64 if is_64_bit else 32,
        address_size=ADDRESS_SIZE,
        dwarf_version=unit["version"],
    )
    _refuse_entries_without_fields(unit.structs, section.stream, offset)
    program = dwarf.line_program_for_CU(unit)
    if program.program_end_offset > section.size:
        raise DwarfError("a line table is longer than its section")
    if program.program_end_offset - program.program_start_offset > LARGEST_LINE_PROGRAM:
        raise DwarfError(f"a line table is larger than {LARGEST_LINE_PROGRAM >> 10} KiB")
    return program


def _refuse_entries_without_fields(structs: Any, stream: SectionStream, offset: int) -> None:
    """Raise DwarfError when a list of paths counts entries that have no fields. [DWARF 5, 6.2.4]

    pyelftools makes as many as the count says, which may be 2^60: nothing is read, so the stream cannot stop it.
    """
    struct_parse(structs.Dwarf_initial_length(""), stream, offset)
    version = struct_parse(structs.Dwarf_uint16(""), stream)
    if not 2 <= version <= 5:
        raise DwarfError(f"a line table has version {version}")
    if version < 5:
        return
    # address_size, segment_selector_size, header_length, then five bytes up to opcode_base
    stream.seek(2 + structs.dwarf_format // 8 + 5, io.SEEK_CUR)
    stream.seek(max(struct_parse(structs.Dwarf_uint8(""), stream) - 1, 0), io.SEEK_CUR)
    number = structs.Dwarf_uleb128("")
    for _ in ("directories", "files"):
        forms = []
        for _ in range(struct_parse(structs.Dwarf_uint8(""), stream)):
            struct_parse(number, stream)
            forms.append(structs.Dwarf_dw_form[DW_FORM_raw2name[struct_parse(number, stream)]])
        count = struct_parse(number, stream)
        if count and not forms:
            raise DwarfError("a line table's entries have no fields")
        for _ in range(count):
            for form in forms:
                struct_parse(form, stream)


def _sequences(entries: list[Any]) -> list[Sequence]:
    """Return the rows of a line program; of several at one address the last one holds, as other readers have it."""
    found: list[Sequence] = []
    runs = [Sequence()]
    for entry in entries:
        state, run = entry.state, runs[-1]
        if state is None:
            if entry.is_extended and entry.command == constants.DW_LNE_set_address and run.addresses:
                runs.append(Sequence())
        elif state.end_sequence:
            found += _joined(runs, state.address)
            runs = [Sequence()]
        else:
            if run.addresses and state.address < run.addresses[-1]:
                runs.append(run := Sequence())
            if run.addresses and state.address == run.addresses[-1]:
                run.files[-1], run.lines[-1] = state.file, state.line
            else:
                run.addresses.append(state.address)
                run.files.append(state.file)
                run.lines.append(state.line)
    return found


def _joined(runs: list[Sequence], end: int) -> list[Sequence]:
    """Return one sequence of ``runs``, in each of which addresses ascend, or all of them where theirs do not.

    They fall where the compiler made one sequence of several sections: the linker puts those elsewhere, and at 0 those
    that it discarded. The end of such a run is not recorded: it holds up to the next one that is higher.
    """
    runs = [run for run in runs if run.addresses]
    if all(after.addresses[0] >= before.addresses[-1] for before, after in pairwise(runs)):
        return [_concatenated(runs, end)] if runs else []
    starts = sorted(run.addresses[0] for run in runs)
    for before, after in zip(runs, [*runs[1:], None], strict=True):
        last = before.addresses[-1]
        next_address = end if after is None else after.addresses[0]
        if next_address <= last:
            higher = bisect_right(starts, last)
            next_address = starts[higher] if higher < len(starts) else WORD_MASK
        before.end = next_address
    return runs


def _concatenated(runs: list[Sequence], end: int) -> Sequence:
    whole = Sequence(end=end)
    for run in runs:
        if whole.addresses and whole.addresses[-1] == run.addresses[0]:
            del whole.addresses[-1], whole.files[-1], whole.lines[-1]
        whole.addresses += run.addresses
        whole.files += run.files
        whole.lines += run.lines
    return whole


def _file_paths(program: Any) -> list[str]:
    """Return the paths as the compiler recorded them, by file number, relative to where it ran."""
    first = 0 if program["version"] >= 5 else 1
    directories = [_text(directory) for directory in program["include_directory"] or ()]
    paths = ["?"] * first
    for entry in program["file_entry"] or ():
        name, directory = _text(entry.name), entry.dir_index or 0
        # Directory 0 is where the compiler ran: a path of the host, which says nothing about the program.
        if not name.startswith("/") and 0 < directory < len(directories) + first:
            name = f"{directories[directory - first]}/{name}"
        paths.append(name or "?")
    return paths


# -- frames ---------------------------------------------------------------------------------------------------------


def _frame(number: int, description: Any) -> Frame:
    # An address that is relative to its place may pass the end of the address space.
    start = description.header["initial_location"] = description["initial_location"] & WORD_MASK
    return Frame(start, start + description["address_range"], number, description)


def _rows(description: Any) -> list[tuple[int, UnwindRow | None]]:
    common = description.cie
    if common["version"] not in (1, 3, 4) or common.header.get("address_size") not in (None, ADDRESS_SIZE):
        raise DwarfError(f"frame information has version {common['version']}")
    for entry in (common, description):
        _simplify(entry, common["data_alignment_factor"])
        if any(instruction.opcode == constants.DW_CFA_def_cfa_expression for instruction in entry.instructions):
            return []  # pyelftools may leave rows out of its table
    return [(row["pc"], _row(row, common["return_address_register"])) for row in description.get_decoded().table]


def _row(row: dict[Any, Any], return_register: int) -> UnwindRow | None:
    if row["cfa"].reg is None or row["cfa"].reg >= CORE_REGISTERS:
        return None
    saved = {
        register: rule.arg
        for register, rule in row.items()
        if isinstance(register, int) and register < CORE_REGISTERS and rule.type == rule.OFFSET
    }
    return UnwindRow(row["cfa"].reg, row["cfa"].offset, saved, return_register)


def _simplify(entry: Any, data_alignment: int) -> None:
    """Bring an entry's instructions into a form that pyelftools decodes rightly and in bounded time.

    Each row is a copy of all rules, so rules of registers that nobody asks for go. DW_CFA_def_cfa_sf becomes
    DW_CFA_def_cfa, because pyelftools 0.33 scales its offset by the code alignment factor, and DW_CFA_GNU_args_size
    goes, which it reads but does not decode. [DWARF 5, 6.4.2]
    """
    if len(entry.instructions) > MOST_FRAME_INSTRUCTIONS:
        raise DwarfError("a function's frame information is too long")
    entry.instructions = [
        instruction
        for instruction in entry.instructions
        if instruction.opcode != constants.DW_CFA_GNU_args_size
        and not (instruction.opcode in _ABOUT_ONE_REGISTER and instruction.args[0] >= CORE_REGISTERS)
    ]
    for instruction in entry.instructions:
        if instruction.opcode == constants.DW_CFA_def_cfa_sf:
            instruction.opcode = constants.DW_CFA_def_cfa
            instruction.args = [instruction.args[0], instruction.args[1] * data_alignment]
