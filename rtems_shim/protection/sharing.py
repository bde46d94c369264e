"""Shares of stacks: who may use whose, made and taken away by calls, with an event and a line of history for each.

Which stacks there are is in policy.py. What makes the rights true, regions of an MPU or something else, is told after
each change by ``refresh``. State: the history.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from emulator.annotations import Protocol
from emulator.armv7m.guest import Clock
from emulator.machine.events import Event
from rtems_shim.protection.policy import (
    EXECUTE,
    READ_WRITE,
    SHARE_LIMIT,
    Policy,
    Share,
    Stack,
    StackOwner,
    complete_rights,
    owner_name,
)
from rtems_shim.protection.share_events import ShareMade, ShareRemoved
from rtems_shim.protection.stack_report import Change

HISTORY_LIMIT = 4096
"""Changes of who may access what that are kept; a program that shares without end must not fill the host's memory."""


class Observed(Protocol):
    """The machine, as far as changes are told to it."""

    @property
    def clock(self) -> Clock:
        """Virtual time."""

    def emit(self, event: Event) -> None:
        """Hand ``event`` to the observers."""


class Sharing:
    """The shares of the stacks of ``policy``."""

    def __init__(self, port: Observed, policy: Policy, refresh: Callable[[], None]) -> None:
        self._observed = port
        self.policy = policy
        self._refresh = refresh
        self.history: deque[Change] = deque(maxlen=HISTORY_LIMIT)

    def end_shares(self, thread: StackOwner) -> None:
        """End the shares that ``thread`` has, and those of its stack."""
        for stack, share in self.policy.shares_of(thread):
            self._unshare(stack, share, "end of the target")
        own = self.policy.stack_of(thread)
        for share in [] if own is None else list(own.shares):
            assert own is not None
            self._unshare(own, share, "end of the owner")

    def share(
        self,
        owner: StackOwner,
        target: StackOwner,
        rights: int,
        via: str,
        caller: StackOwner,
        pc: int,
        most: int = READ_WRITE | EXECUTE,
    ) -> bool:
        """Let ``target`` use the stack of ``owner``; a share of it that the target has already gets the new rights.

        ``via`` names the call that ``caller`` made, ``pc`` is its return address; ``most`` is what the rights may be
        changed to later. False when the target would have more than SHARE_LIMIT shares. A thread's own stack needs no
        share: nothing changes.
        """
        stack = self.policy.stack_of(owner)
        assert stack is not None, "the owner has a stack"
        if owner is target:
            return True
        held = [other for other, _ in self.policy.shares_of(target)]
        if stack not in held and len(held) >= SHARE_LIMIT:
            return False
        rights = complete_rights(rights)
        self.policy.add_share(stack, Share(owner, target, rights, most))
        self._record(ShareMade(*self._share_fields(stack, target), rights, via, caller.id, owner_name(caller), pc))
        self._refresh()
        return True

    def grant(self, stack: Stack, share: Share) -> None:
        """Let ``share`` be one of ``stack`` as if it had always been: nobody hears of it."""
        self.policy.add_share(stack, share)
        self._refresh()

    def unshare(self, owner: StackOwner, target: StackOwner, via: str, caller: StackOwner, pc: int) -> bool:
        """Take the share of the stack of ``owner`` away from ``target``; False when there is none."""
        stack = self.policy.stack_of(owner)
        share = None if stack is None else next((s for s in stack.shares if s.target is target), None)
        if stack is None or share is None:
            return False
        self._unshare(stack, share, via, caller, pc)
        self._refresh()
        return True

    def _unshare(self, stack: Stack, share: Share, via: str, caller: StackOwner | None = None, pc: int = 0) -> None:
        self.policy.remove_share(stack, share.target)
        caller_id, caller_name = (caller.id, owner_name(caller)) if caller is not None else (0, "")
        fields = self._share_fields(stack, share.target)
        self._record(ShareRemoved(*fields, share.rights, via, caller_id, caller_name, pc))

    def _share_fields(self, stack: Stack, target: StackOwner) -> tuple[int, int, str, int, str, int, int]:
        owner = stack.owner
        now = self._observed.clock.now
        return now, owner.id, owner_name(owner), target.id, owner_name(target), stack.start, stack.size

    def shares_at(self, address: int) -> list[Share]:
        """Return the shares of the stack that holds ``address``, oldest first."""
        stack = self.policy.stack_at(address)
        return [] if stack is None else list(stack.shares)

    def sharers(self, owner: StackOwner) -> list[tuple[StackOwner, int]]:
        """Return (target, rights) of the shares of the stack of ``owner``, oldest first."""
        stack = self.policy.stack_of(owner)
        return [] if stack is None else [(share.target, share.rights) for share in stack.shares]

    def rights_of(self, thread: StackOwner, other: StackOwner) -> int:
        """Return what ``thread`` may do with the stack of ``other`` now: READ 1, WRITE 2, EXECUTE 4."""
        stack = self.policy.stack_of(other)
        return 0 if stack is None else stack.rights_of(thread)

    def _record(self, change: Change) -> None:
        self.history.append(change)
        self._observed.emit(change)
