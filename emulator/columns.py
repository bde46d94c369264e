"""Tables of text for a terminal, whose columns are as wide there as their widest cell: names may be in any script."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

GAP = "  "


def width_of(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes. [Unicode Standard Annex 11]"""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(one) in ("Mn", "Me", "Cf") else 2 if east_asian_width(one) in ("W", "F") else 1 for one in text
    )


def ljust(text: str, width: int) -> str:
    """Return ``text`` with blanks behind it, up to ``width`` columns."""
    return text + " " * (width - width_of(text))


def rjust(text: str, width: int) -> str:
    """Return ``text`` with blanks in front of it, up to ``width`` columns."""
    return " " * (width - width_of(text)) + text


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> Iterator[str]:
    """Yield a line a row, of equally many cells each; the columns with the numbers ``right`` end at one place."""
    widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            (rjust if number in right else ljust)(cell, width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield GAP.join(cells).rstrip()
