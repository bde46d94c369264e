"""What an audit of isolation found, in words: the headline, and what opened or lacked the right."""

from __future__ import annotations

from emulator.armv7m.memory_map import is_ppb
from emulator.armv7m.mpu_explain import describe_size
from emulator.armv7m.mpu_region import FETCH, READ, WRITE
from emulator.machine.stop import IsolationBroken

RIGHT_VERBS = ((READ, "read"), (WRITE, "write"), (FETCH, "execute"))
"""Each right as a bit, and what it lets code do."""


def rights_words(rights: int) -> str:
    """Return rights bits in words: ``read, write and execute``."""
    *verbs, last = (verb for bit, verb in RIGHT_VERBS if rights & bit)
    return f"{', '.join(verbs)} and {last}" if verbs else last


def isolation_headline(broken: IsolationBroken) -> str:
    """Return what was found in one sentence."""
    size = broken.end - broken.start
    where = f"0x{broken.start:08x}..0x{broken.end - 1:08x} ({describe_size(size)})"
    if broken.place:
        where += f", {broken.place}"
    verbs = rights_words(broken.rights)
    if is_ppb(broken.start):
        return f"Isolation: {broken.who} runs privileged, which it may not: it can {verbs} {where}."
    if broken.is_missing:
        return f"Isolation: {broken.who} may {verbs} {where}, and the MPU does not let it."
    return f"Isolation: the MPU lets {broken.who} {verbs} {where}, which it may not."


def isolation_details(broken: IsolationBroken) -> list[str]:
    """Return the sentences that follow: what decides, and when that began."""
    privilege = "privileged" if broken.privileged else "unprivileged"
    decided = broken.explanation.describe()
    return [
        f"For {privilege} code {decided}.",
        f"First so at {broken.time:,}, after {broken.moment}.",
    ]
