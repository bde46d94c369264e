"""Who took away a share: the last one that ended where an address is, and when it was made."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.protection.policy import describe_rights
from rtems_shim.protection.share_events import ShareMade, ShareRemoved

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel


def revoked_at(kernel: Kernel, address: int) -> list[str]:
    """Say in words who revoked the last share of the memory at ``address``, as far as is kept before now."""
    if not kernel.booted:
        return ["the kernel has not started yet: nothing was shared"]
    made: ShareMade | None = None
    removed: ShareRemoved | None = None
    before: ShareMade | None = None
    for change in kernel.protection.history:
        if not isinstance(change, ShareMade | ShareRemoved) or not 0 <= address - change.base < change.size:
            continue
        if isinstance(change, ShareMade):
            made = change
        else:
            removed, before = change, made
    if removed is None:
        return [f"no share of 0x{address:08x} was taken away before now"]
    what = f"{removed.target_name}'s {describe_rights(removed.rights)} share of {removed.owner_name}'s stack"
    since = ""
    if before is not None and (before.owner, before.target) == (removed.owner, removed.target):
        since = f", made at {before.time:,}" + _by(kernel, before)
    if not removed.caller_name:
        return [f"at {removed.time:,} {removed.via} ended {what}{since}"]
    who = f"{removed.caller_name} called {removed.via}{_line(kernel, removed)}"
    return [f"at {removed.time:,} {who}; it ended {what}{since}"]


def _by(kernel: Kernel, change: ShareMade) -> str:
    return f" by {change.via}{_line(kernel, change)}" if change.caller_name else ""


def _line(kernel: Kernel, change: ShareMade | ShareRemoved) -> str:
    image = kernel.port.image
    pc = kernel.share_calls.outer(image, change.time, change.pc)
    line = image.source_line(pc - 2)
    return f" ({line if line is not None else image.symbols.describe(pc - 2)})"
