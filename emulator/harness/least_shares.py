"""The least shares that make a program legal: a run in which every access to another's stack that a share could allow
passes, and is remembered.

The run goes on from each refusal as if the share had been there: that of the owner's stack, with the accessor, with the
rights that were needed so far. What no share can allow is refused as in any run. The shares are at their least: without
one of them an access of this run is refused.

State: the shares learned, and where each is wanted first.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import Registers
from emulator.armv7m.faults import CAUSES, Access, Fault
from emulator.debuginfo.source import shown_source
from emulator.errors import ConfigError
from emulator.harness.session import Session
from emulator.machine.stop import AtFault, StopReason
from emulator.records import dataclass
from emulator.trace.backtrace import Frame, backtrace
from rtems_shim.core.call_site import GUEST_SIDE
from rtems_shim.files.mappings import describe_protection
from rtems_shim.files.shm import SharedMemory
from rtems_shim.protection.policy import READ, READ_WRITE, Share, describe_rights, owner_name
from rtems_shim.report.advice import SHARE, Advice, Need, advise, object_name
from rtems_shim.report.fault_story import KernelStory

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

SVC_SIZE = 2
LIBRARIES = frozenset(("newlib", "libgloss", "libgcc", "libstdc++-v3", "picolibc"))
"""Directories in the paths that the debug information of Debian's libraries has."""
SHMS = "CONFIGURE_MAXIMUM_POSIX_SHMS"


@dataclass(slots=True)
class LearnedShare:
    """A share that is needed from virtual ``time`` on, in front of ``frame``, with the rights of ``share``.

    ``statements`` are C for there, as the first access needs them, and ``headers`` theirs.
    """

    share: Share
    time: int
    frame: Frame
    statements: tuple[str, ...]
    headers: tuple[str, ...]

    @property
    def place(self) -> str:
        """The statement of the program's sources, or the function further in that is known."""
        frame = self.frame
        where = f"{frame.function or frame.symbol or 'code without a name'}()"
        return f"{shown_source(frame.path)}:{frame.line}, in {where}" if _is_own(frame) else f"what calls {where}"

    @property
    def final_statements(self) -> tuple[str, ...]:
        """The statements, with all rights that were needed."""
        *before, sharing = self.statements
        call, _, _ = sharing.rpartition(", ")
        return (*before, f"{call}, {describe_protection(self.share.rights)});")


class LeastShares:
    """Learns the shares of a session's program, which has a kernel and has not run. Raises ConfigError for others."""

    def __init__(self, session: Session) -> None:
        if session.kernel is None:
            name = session.machine.image.name
            raise ConfigError(f"--suggest-shares: {name} is a bare program; only threads of the kernel share stacks.")
        self._machine = session.machine
        self._kernel: Kernel = session.kernel
        self._machine.stops_at_faults = True
        self._kernel.on_refused_copy = self._copy_refused
        self._descriptors: list[Need] = []
        self._objects: set[str] = set()
        self.learned: list[LearnedShare] = []

    # -- the run -------------------------------------------------------------------------------------------------------

    def run(self, max_instructions: int | None = None, *, goes_on: bool = False) -> StopReason:
        """Run the machine; what a share would have allowed is no end."""
        machine = self._machine
        end = None if max_instructions is None else machine.engine.executed + max_instructions
        while True:
            left = None if end is None else max(end - machine.engine.executed, 0)
            reason = machine.run(left, goes_on=goes_on)
            if not isinstance(reason, AtFault):
                return reason
            self._stopped(reason)
            goes_on = True

    def _stopped(self, reason: AtFault) -> None:
        """In front of a fault: learn the share that allows the access; any other fault is raised by the next run."""
        machine, fault = self._machine, reason.fault
        if fault.cause is not CAUSES["DACCVIOL"] or fault.address is None or not self._kernel.booted:
            return
        record = machine.foresee(reason)
        address = record.explanation.byte if record.explanation is not None else fault.address
        story = KernelStory(self._kernel)
        if story.kernel_call(record) is not None:
            return  # what no share allows of the kernel's copies
        place = story.place(address, record)
        if place is None or not any(remedy["kind"] == SHARE for remedy in place.facts["remedies"]):
            return
        self._learn(fault, address, bool(record.registers.ipsr), record.registers)

    def _copy_refused(self, fault: Fault, is_late: bool) -> bool:
        """A copy of the kernel for the executing thread: whether a share allows it, which then is there."""
        kernel, machine = self._kernel, self._machine
        accessor = kernel.protection.executing
        registers = machine.registers
        in_handler = bool(registers.ipsr) and not is_late
        if is_late:
            saved = KernelStory(kernel).saved_registers(accessor)  # type: ignore[arg-type]
            registers = registers if saved is None else saved
        registers = registers.copy()
        registers.pc -= SVC_SIZE
        assert fault.address is not None
        return self._learn(fault, fault.address, in_handler, registers)

    def _learn(self, fault: Fault, address: int, in_handler: bool, registers: Registers) -> bool:
        kernel = self._kernel
        protection = kernel.protection
        stack, target = protection.policy.stack_at(address), protection.executing
        if stack is None or target is None or stack.owner is target:
            return False
        story = KernelStory(kernel)
        advice = advise(kernel, fault, in_handler, stack, address, story.stack_pointer(stack.owner))
        if not any(remedy.kind == SHARE for remedy in advice.remedies):
            return False
        name = object_name(kernel, stack.owner)  # type: ignore[arg-type]
        if kernel.part(SharedMemory).find(name) is None:
            self._objects.add(name)
        self._descriptors += [need for remedy in advice.remedies for need in remedy.needs if need.setting != SHMS]
        before = next((share for share in stack.shares if share.target is target), None)
        rights = stack.rights_of(target) | (READ if fault.access is Access.READ else READ_WRITE)
        share = Share(stack.owner, target, rights)
        protection.grant(stack, share)
        self._remember(before, share, advice, registers)
        return True

    def _remember(self, before: Share | None, share: Share, advice: Advice, registers: Registers) -> None:
        """Note the share; more rights to one that was learned and is still there belong where that is made."""
        for known in self.learned:
            if known.share is before:
                known.share = share
                return
        remedy = next(remedy for remedy in advice.remedies if remedy.kind == SHARE)
        frame = self._frame(registers)
        self.learned.append(LearnedShare(share, self._kernel.now, frame, remedy.statements, remedy.headers))

    def _frame(self, registers: Registers) -> Frame:
        """Return the innermost call in the program's own sources, as far as their lines are known."""
        frames = backtrace(registers, self._machine.image, self._machine.peek).frames
        return next((frame for frame in frames if _is_own(frame)), frames[0])

    # -- what came of it -----------------------------------------------------------------------------------------------

    def needs(self) -> list[Need]:
        """Return the settings that are too small for the shares, after the run."""
        found = {need.setting: need for need in self._descriptors}
        needs = [found[setting] for setting in sorted(found)]
        if self._objects:
            objects = self._kernel.part(SharedMemory)
            least = objects.most + len(self._objects)
            if least > objects.maximum:
                needs.append(Need(SHMS, least, objects.maximum))
        return needs


def _is_own(frame: Frame) -> bool:
    """Whether the frame is in sources that a user changes: not the guest side's, nor the C library's."""
    path = shown_source(frame.path)
    return bool(frame.line) and not path.startswith(GUEST_SIDE) and LIBRARIES.isdisjoint(path.split("/"))


def lines_of(learner: LeastShares, is_legal: bool) -> Iterator[str]:
    """Yield what a person pastes; ``is_legal``: the run did not end with a fault."""
    learned = learner.learned
    if not learned:
        yield "no share is needed." if is_legal else "no share would change how this run ends."
        return
    count = f"{len(learned)} share{'s' if len(learned) != 1 else ''}"
    yield f"{count} {'make' if len(learned) != 1 else 'makes'} this run legal{'' if is_legal else ' up to its end'}."
    for share in learned:
        owner, target = owner_name(share.share.owner), owner_name(share.share.target)
        yield ""
        rights = describe_rights(share.share.rights)
        yield f"  {target} uses the stack of {owner}, {rights}, from {share.time:,} on. In front of {share.place}:"
        yield from (f"      {statement}" for statement in share.final_statements)
    yield ""
    headers = sorted({header for share in learned for header in share.headers})
    yield "  " + " ".join(f"#include <{header}>" for header in headers)
    for need in learner.needs():
        yield f"  #define {need.setting} {need.at_least}    /* or more; now {need.now} */"
