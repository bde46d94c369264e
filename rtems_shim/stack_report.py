"""What the protection can say about itself: whose stack an address is in, who shares it, what a region is for.

Everything here is plain data for reports and for the access table; nothing decides.
"""

from __future__ import annotations

from collections.abc import Iterable

from emulator.records import dataclass
from rtems_shim.policy import Area, Policy, Stack, StackOwner, describe_rights, owner_name
from rtems_shim.region_layout import Entry, Role
from rtems_shim.share_events import ShareMade, ShareRemoved, StackProtected, StackReleased

Change = ShareMade | ShareRemoved | StackProtected | StackReleased
"""What changes the access table."""

NAMES_IN_LABEL = 3


@dataclass(frozen=True, slots=True)
class ShareRecord:
    """One share of a stack, past or present: ``rights`` such as ``rw``; times are virtual, None while it lasts.

    ``made_via``/``removed_via`` name the call (or the end of a thread), ``..._by`` the thread that made it, ``..._pc``
    its return address, 0 where there was no call.
    """

    target: int
    target_name: str
    rights: str
    made_at: int
    made_via: str
    made_by: str
    made_pc: int
    removed_at: int | None = None
    removed_via: str = ""
    removed_by: str = ""
    removed_pc: int = 0


@dataclass(frozen=True, slots=True)
class StackExplanation:
    """The stack at an address, as a fault report shows it.

    ``offset`` is from ``base``; ``top`` is the address after the last byte. ``accessor_rights`` is what the thread that
    was asked about may do there. ``below_own_stack`` is how many bytes under that thread's own stack the address is,
    when it is near enough to be an overflow. ``remedy`` says how the access could be allowed, '' when it cannot.
    """

    owner: int
    owner_name: str
    base: int
    size: int
    offset: int
    top: int
    ended_at: int | None
    is_own: bool
    accessor_rights: str
    shares: tuple[ShareRecord, ...]
    below_own_stack: int | None
    remedy: str


OVERFLOW_REACH = 4096
"""Bytes below a stack's base where an access still looks like an overflow of that stack."""


def explain_address(
    policy: Policy, history: Iterable[Change], address: int, thread: StackOwner | None
) -> StackExplanation | None:
    """Explain the stack that holds ``address`` as ``thread`` sees it; None when no stack does."""
    stack = policy.stack_at(address)
    if stack is None:
        return None
    is_own = thread is stack.owner
    return StackExplanation(
        owner=stack.owner.id,
        owner_name=owner_name(stack.owner),
        base=stack.start,
        size=stack.size,
        offset=address - stack.start,
        top=stack.end,
        ended_at=stack.ended_at,
        is_own=is_own,
        accessor_rights=describe_rights(stack.rights_of(thread)),
        shares=tuple(share_records(history, stack)),
        below_own_stack=distance_below(policy, address, thread),
        remedy="" if is_own or thread is None else _remedy(policy, stack, thread),
    )


def distance_below(policy: Policy, address: int, thread: StackOwner | None) -> int | None:
    """Return how many bytes ``address`` lies below the stack of ``thread``, None when it is not just below it."""
    own = policy.stack_of(thread) if thread is not None else None
    if own is None or not own.start - OVERFLOW_REACH <= address < own.start:
        return None
    return own.start - address


def share_records(history: Iterable[Change], stack: Stack) -> list[ShareRecord]:
    """Return the shares of ``stack`` from its protection on, oldest first."""
    records: list[ShareRecord] = []
    for change in history:
        if change.base != stack.start or change.owner != stack.owner.id:
            continue
        if isinstance(change, StackProtected | StackReleased):
            records = []  # what came before concerned an earlier stack at the same place
        elif isinstance(change, ShareMade):
            _end_record(records, change)
            records.append(_record(change))
        else:
            _end_record(records, change)
    return records


def _record(made: ShareMade) -> ShareRecord:
    return ShareRecord(
        target=made.target,
        target_name=made.target_name,
        rights=describe_rights(made.rights),
        made_at=made.time,
        made_via=made.via,
        made_by=made.caller_name,
        made_pc=made.pc,
    )


def _end_record(records: list[ShareRecord], change: ShareMade | ShareRemoved) -> None:
    """End the share that ``change`` removes or replaces."""
    for index, record in enumerate(records):
        if record.target == change.target and record.removed_at is None:
            records[index] = ShareRecord(
                record.target,
                record.target_name,
                record.rights,
                record.made_at,
                record.made_via,
                record.made_by,
                record.made_pc,
                change.time,
                change.via,
                change.caller_name,
                change.pc,
            )


def _remedy(policy: Policy, stack: Stack, thread: StackOwner) -> str:
    if stack.ended_at is not None:
        return ""
    target = policy.stack_of(thread)
    base = f"0x{target.start:08x}" if target else "NULL"
    return (
        f'shm_open("/taskfs/{owner_name(stack.owner)}") + ftruncate({stack.size}) + '
        f"mmap({base}, {stack.size}, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)"
    )


def place_label(policy: Policy, address: int) -> str:
    """Return what is at ``address`` in words; ``nothing`` where no thread has anything."""
    stack = policy.stack_at(address)
    if stack is not None:
        return f"stack of {owner_name(stack.owner)}"
    if any(start <= address < end for start, end in policy.closed):
        return "stack arena, no stack there"
    area = policy.area_at(address)
    return "nothing" if area is None else area.label


def region_label(entry: Entry, policy: Policy) -> str:
    """Return what a region is for, in words: ``flash``, ``stack of 0x01, shared rw``, ``own stack of Init``."""
    if entry.role is Role.CLOSED:
        return _closed_label(entry, policy)
    subject = entry.subject
    if isinstance(subject, Area):
        words = subject.label
    elif isinstance(subject, Stack) and entry.role is Role.OWN:
        words = f"own stack of {owner_name(subject.owner)}"
    elif isinstance(subject, Stack):
        words = f"stack of {owner_name(subject.owner)}"
    else:
        words = "memory"
    if entry.role is Role.SHARE:
        return f"{words}, shared {describe_rights(entry.rights)}"
    if entry.role is Role.PAGED:
        return f"{words}, paged in {describe_rights(entry.rights)}"
    if entry.role is Role.ONCE:
        return f"{words}, for one access"
    return words


def _closed_label(entry: Entry, policy: Policy) -> str:
    if any(start < high and low < end for start, end in policy.closed for low, high in entry.block.parts):
        return "stack arena"
    names = [owner_name(stack.owner) for low, high in entry.block.parts for stack in policy.stacks_in(low, high)]
    names = list(dict.fromkeys(names))
    if not names:
        return "closed"
    if len(names) > NAMES_IN_LABEL:
        return f"{len(names)} stacks"
    return ("stacks of " if len(names) > 1 else "stack of ") + ", ".join(names)
