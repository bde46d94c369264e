"""What the threads of a kernel may do, for an audit of the map that is in the MPU. Fulfils emulator.isolation's Rules.

The rules are the policy's (protection/policy.py), to the byte; of how it is laid out in regions nothing is known here.
What must be in the map at any moment is the interrupt stack: exception frames are stored once and cannot be tried
again. Everything else may come by a fault; where it does not come, that is told when it is refused.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import pairwise

from emulator.isolation.auditor import Rule
from emulator.isolation.spans import ADDRESS_SPACE, Span
from rtems_shim.abi import calls
from rtems_shim.core.kernel import Kernel
from rtems_shim.protection.policy import READ_WRITE, Policy, StackOwner


class ThreadRules:
    """The rules of the threads of ``kernel``."""

    audits_exceptions = False

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._policy: Policy | None = None
        self._boots = 0

    def key(self) -> Hashable:
        """Return what tells the rule of one thread at one time from others; None before the kernel has booted."""
        protection = self._kernel.memory.protection
        if protection is None:
            return None
        policy, thread = protection.policy, protection.executing
        if policy is not self._policy:
            self._policy, self._boots = policy, self._boots + 1
        return self._boots, thread and thread.id, policy.revision

    def current(self) -> Rule | None:
        """Return what the thread may do whose map is in force; None before the kernel has one."""
        key, protection = self.key(), self._kernel.memory.protection
        if key is None or protection is None:
            return None
        policy, thread = protection.policy, protection.executing
        who = "the start-up code" if thread is None else thread.label
        return Rule(who, key, lambda privileged: policy_spans(policy, thread, privileged), self._needed)

    def interrupted(self, exc_return: int) -> Rule | None:
        """Nothing is new of a thread when an exception interrupts it."""
        return None

    def handler(self) -> Rule | None:
        """Handlers have the rights of the thread that they interrupt: no others are audited."""
        return None

    def _needed(self, privileged: bool) -> Sequence[Span]:
        base = self._kernel.configuration["interrupt_stack_base"]
        size = self._kernel.configuration["interrupt_stack_size"]
        return [(base, base + size, READ_WRITE)]

    def place(self, address: int) -> str:
        """Say what is at ``address``."""
        return self._kernel.protection.place(address)

    def labels(self) -> dict[int, str]:
        """Return what the regions stand for."""
        return self._kernel.protection.region_labels()

    def moment(self) -> str:
        """Name the call that was just served, or the switch."""
        kernel = self._kernel
        last = kernel.switcher.last
        if last is not None and last.time == kernel.now:
            return f"the switch from {self._name(last.outgoing)} to {self._name(last.heir)}"
        call = calls.CALL_BY_NUMBER.get(kernel.port.registers.r[12])
        return f"{call.name if call is not None else 'a trap'}, called by {self._name(kernel.executing.id)}"

    def _name(self, identifier: int) -> str:
        thread = self._kernel.find_thread(identifier) if identifier else None
        return "the start-up code" if not identifier else thread.label if thread else f"0x{identifier:08x}"


def policy_spans(policy: Policy, thread: StackOwner | None, privileged: bool) -> list[Span]:
    """Return what ``thread`` may do as spans, exact to the byte."""
    edges = {0, ADDRESS_SPACE}
    for area in policy.areas:
        edges |= {area.start, area.end}
    for start, end in policy.closed:
        edges |= {start, end}
    for stack in policy.stacks:
        edges |= {stack.start, stack.end}
    spans = ((start, end, policy.rights_at(start, thread, privileged)) for start, end in pairwise(sorted(edges)))
    return [span for span in spans if span[2]]
