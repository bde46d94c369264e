"""Unpacks compressed debug sections: zlib and zstd, the two that the ELF ABI knows. [gABI, "Section Compression"]"""

from __future__ import annotations

from emulator.annotations import Any

ZLIB, ZSTD = 1, 2
"""ELFCOMPRESS_ZLIB and ELFCOMPRESS_ZSTD."""


class NoUnpacker(Exception):
    """The package that could unpack it is not installed; the message names it."""


def unpack(kind: int, data: bytes, size: int) -> bytes:
    """Return the first ``size`` bytes of what ``data`` holds, fewer where it ends early.

    Raises ValueError when it is damaged or of another kind, and NoUnpacker.
    """
    if not size:
        return b""
    if kind == ZLIB:
        import zlib

        try:
            return zlib.decompressobj().decompress(data, size)
        except zlib.error as error:
            raise ValueError(str(error)) from None
    if kind != ZSTD:
        raise ValueError(f"compression of kind {kind}")
    zstd = _zstd()
    try:
        unpacked: bytes = zstd.ZstdDecompressor().decompress(data, max_length=size)
    except (zstd.ZstdError, EOFError) as error:
        raise ValueError(str(error)) from None
    if len(unpacked) != size:
        raise ValueError(f"{len(unpacked)} bytes instead of {size}")
    return unpacked


def _zstd() -> Any:
    """Return the module of Python 3.14, or the package that brings it to an older one."""
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        try:
            from backports import zstd
        except ImportError:
            words = "its debug sections are compressed with zstd, which needs a package: pip install backports.zstd"
            raise NoUnpacker(words) from None
    return zstd
