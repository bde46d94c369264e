"""Reads the file of ``v7m run --trace-registers``; docs/trace.md describes the format."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from emulator.annotations import BinaryIO
from emulator.engine.register_trace import CHUNK_HEADER, MAGIC, PC, PC_GIVEN, STEP_2, STEP_4
from emulator.engine.shared_state import TRACE_WORDS
from emulator.errors import ConfigError

COLUMNS = (*(f"r{n}" for n in range(13)), "sp", "lr", "xpsr")


def read_records(file: BinaryIO, start: int = 0, count: int | None = None) -> Iterator[tuple[int, list[int]]]:
    """Yield (number, record) of ``count`` instructions from number ``start`` on; None: all.

    A record is R0-R12, SP, LR, xPSR and PC before the instruction. Raises ConfigError for what is no register trace,
    after the records before the damage.
    """
    if file.read(len(MAGIC)) != MAGIC:
        raise ConfigError("this is not a register trace of this version. v7m run --trace-registers FILE writes one.")
    number = 0
    end = None if count is None else start + count
    while end is None or number < end:
        header = file.read(CHUNK_HEADER.size)
        if not header:
            return
        if len(header) < CHUNK_HEADER.size:
            raise _damaged(number)
        records, size = CHUNK_HEADER.unpack(header)
        data = file.read(size)
        if len(data) < size:
            raise _damaged(number)
        if number + records > start:
            for offset, record in enumerate(decode_chunk(data, records, number)):
                if start <= number + offset and (end is None or number + offset < end):
                    yield number + offset, record
        number += records


def decode_chunk(data: bytes, records: int, number: int) -> Iterator[list[int]]:
    """Yield the records of a chunk, without its header, that begins with instruction ``number``."""
    if len(data) % 4:
        raise _damaged(number)
    words = iter(struct.unpack(f"<{len(data) // 4}I", data))
    record = [0] * TRACE_WORDS
    for offset in range(records):
        try:
            mask = next(words)
            for place in range(PC):
                if mask >> place & 1:
                    record[place] = next(words)
            if mask & PC_GIVEN:
                record[PC] = next(words)
        except StopIteration:
            raise _damaged(number + offset) from None
        record[PC] = record[PC] + (2 if mask & STEP_2 else 4 if mask & STEP_4 else 0) & 0xFFFF_FFFF
        yield record.copy()


def _damaged(number: int) -> ConfigError:
    return ConfigError(f"the register trace is damaged or cut short after {number:,} instructions.")


def heading() -> str:
    """Return the line above ``line``'s columns."""
    return " ".join([f"{'instruction':>12}", f"{'pc':<8}", *(f"{name:<8}" for name in COLUMNS)]).rstrip()


def line(number: int, record: list[int]) -> str:
    """Return a record as one line of text."""
    return " ".join([f"{number:>12}", f"{record[PC]:08x}", *(f"{word:08x}" for word in record[:PC])])
