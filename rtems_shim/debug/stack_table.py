"""Whose stack is where, and who may use it: as a debugger shows it, of this moment."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.annotations import TYPE_CHECKING
from rtems_shim.protection.policy import Share, Stack, describe_rights
from rtems_shim.protection.share_events import ShareMade

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel


def stack_table(kernel: Kernel) -> Iterator[str]:
    """Yield a line for each stack, and one for each share of it."""
    if not kernel.booted:
        yield "the kernel has not booted yet"
        return
    for stack in kernel.protection.policy.stacks:
        ended = "" if stack.ended_at is None else f", ended at {stack.ended_at:,}"
        yield f"0x{stack.start:08x}..0x{stack.end - 1:08x}  stack of {stack.owner.label}{ended}"
        for share in stack.shares:
            yield f"  {describe_rights(share.rights)}  {share.target.label}{_since(kernel, stack, share)}"


def _since(kernel: Kernel, stack: Stack, share: Share) -> str:
    """Return when and by which call a share was made, as far as the history still has it."""
    for change in reversed(kernel.protection.history):
        if isinstance(change, ShareMade) and (change.owner, change.target) == (stack.owner.id, share.target.id):
            image = kernel.port.image
            pc = kernel.share_calls.outer(image, change.time, change.pc) - 2
            line = image.source_line(pc)
            place = str(line) if line is not None else image.symbols.describe(pc)
            return f", since {change.time:,}: {change.via} in {change.caller_name}, {place}"
    return ""
