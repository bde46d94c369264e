"""Where QEMU 7.2 and this emulator differ on purpose: the kit's list (conformance/known/qemu.toml), and the counting.

``PYTHONPATH=tests python tests/support/known_differences.py`` prints docs/known-differences.md; a test compares the
two. A difference that no entry matches is a failure; an entry that no test ever meets should be deleted.
"""

from __future__ import annotations

from collections import Counter

from support.conformance import KIT, Difference, load_known

KNOWN_DIFFERENCES: dict[str, Difference] = load_known(KIT / "known" / "qemu.toml").differences


class DifferenceCount:
    """Counts how often each known difference was met, so that nothing is skipped in silence."""

    def __init__(self) -> None:
        self.met: Counter[str] = Counter()

    def meet(self, identifier: str) -> None:
        """Count one use of the entry ``identifier``; KeyError when there is no such entry."""
        self.met[KNOWN_DIFFERENCES[identifier].id] += 1

    def summary(self) -> str:
        """Return ``Q-01 3 times, Q-02 once`` in the order of the list, or ``no known difference``."""
        parts = [f"{key} x{self.met[key]}" for key in KNOWN_DIFFERENCES if self.met[key]]
        return ", ".join(parts) or "no known difference"


def document() -> str:
    """Return docs/known-differences.md."""
    lines = [
        "# Known differences from QEMU",
        "",
        "The witness is Debian's qemu-system-arm 7.2. Each entry is a place where it and this emulator give different",
        "results for the same program, with the section of ARM DDI 0403E.e that decides. The differential tests match",
        "a difference to an entry in code and count it; whatever matches no entry fails them.",
        "",
        "This file is printed by `PYTHONPATH=tests python tests/support/known_differences.py`.",
    ]
    for entry in KNOWN_DIFFERENCES.values():
        lines += [
            "",
            f"## {entry.id}: {entry.what}",
            "",
            f"* Here: {entry.expected}.",
            f"* QEMU: {entry.found}.",
            f"* Manual: {entry.section}.",
            f"* Why: {entry.why}.",
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(document(), end="")
