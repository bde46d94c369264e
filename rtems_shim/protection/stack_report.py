"""What the protection can say about itself: who shared a stack when, what is at an address, what a region is for.

Everything here is plain data for reports and for the access history; nothing decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.records import dataclass
from rtems_shim.protection.policy import Area, Policy, Stack, StackOwner, describe_rights, owner_name
from rtems_shim.protection.region_layout import Entry, Role
from rtems_shim.protection.share_events import ShareMade, ShareRemoved, StackProtected, StackReleased

Change = ShareMade | ShareRemoved | StackProtected | StackReleased
"""What changes who may access which stack."""

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


def former_share(history: Iterable[Change], stack: Stack, target: StackOwner) -> ShareRecord | None:
    """Return the last share with ``target`` that an earlier thread of the name of the owner of ``stack`` had made."""
    name = stack.owner.known_name
    records: list[ShareRecord] = []
    earlier: list[ShareRecord] = []
    for change in history:
        if isinstance(change, StackProtected) and (change.base, change.owner) == (stack.start, stack.owner.id):
            earlier = records.copy()
        elif isinstance(change, ShareMade) and change.owner_name == name and change.target == target.id:
            _end_record(records, change)
            records.append(_record(change))
        elif isinstance(change, ShareRemoved) and change.owner_name == name:
            _end_record(records, change)
            _end_record(earlier, change)
    return earlier[-1] if name and earlier else None


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


def place_label(policy: Policy, address: int) -> str:
    """Return what is at ``address`` in words; ``nothing`` where no thread has anything."""
    stack = policy.stack_at(address)
    if stack is not None:
        return f"stack of {owner_name(stack.owner)}"
    if any(start <= address < end for start, end in policy.closed):
        return "stack arena, no stack there"
    area = policy.area_at(address)
    return "nothing" if area is None else area.label


def region_label(entry: Entry, policy: Policy, name: Callable[[StackOwner], str] = owner_name) -> str:
    """Return what a region is for, in words: ``flash``, ``stack of 0x01, shared rw``, ``own stack of Init``.

    ``name`` returns what a thread is called: events must not cost a look at symbols, reports may.
    """
    if entry.role is Role.CLOSED:
        return _closed_label(entry, policy, name)
    subject = entry.subject
    if isinstance(subject, Area):
        words = subject.label
    elif isinstance(subject, Stack) and entry.role is Role.OWN:
        words = f"own stack of {name(subject.owner)}"
    elif isinstance(subject, Stack):
        words = f"stack of {name(subject.owner)}"
    else:
        words = "memory"
    if entry.role is Role.SHARE:
        return f"{words}, shared {describe_rights(entry.rights)}"
    if entry.role is Role.PAGED:
        return f"{words}, paged in {describe_rights(entry.rights)}"
    if entry.role is Role.ONCE:
        return f"{words}, for one access"
    return words


def _closed_label(entry: Entry, policy: Policy, name: Callable[[StackOwner], str]) -> str:
    if any(start < high and low < end for start, end in policy.closed for low, high in entry.block.parts):
        return "stack arena"
    names = [name(stack.owner) for low, high in entry.block.parts for stack in policy.stacks_in(low, high)]
    names = list(dict.fromkeys(names))
    if not names:
        return "closed"
    if len(names) > NAMES_IN_LABEL:
        return f"{len(names)} stacks"
    return ("stacks of " if len(names) > 1 else "stack of ") + ", ".join(names)
