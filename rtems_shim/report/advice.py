"""What would allow a refused access to a stack, and where nothing does, why: the end of a fault report.

A remedy is printed only where it works: every condition of the calls is looked up in the kernel as it is at the fault,
and what the program lacks is named with the value it needs. A test pastes each remedy into its program and runs it.
No state.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING, Any
from emulator.armv7m.faults import CAUSES, Access, Fault
from emulator.records import dataclass
from rtems_shim.core.objects import HARD_LIMIT, Api, name_string, object_api
from rtems_shim.files.files import Files
from rtems_shim.files.mappings import describe_protection
from rtems_shim.files.shm import OWNER_READ, OWNER_WRITE, TASKFS, THREAD_NAME_LENGTH, SharedMemory
from rtems_shim.protection.policy import READ, READ_WRITE, SHARE_LIMIT, Stack

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread

SHARE = "share"
RELEASE = "release"
KERNEL_OPENS_OPTION = "kernel-opens"

_HEADERS = ("rtems.h",)
_HAND_HEADERS = ("fcntl.h", "rtems.h", "sys/mman.h", "unistd.h")


@dataclass(frozen=True, slots=True)
class Need:
    """A setting of <rtems/confdefs.h> that must be at least ``at_least`` and is ``now``."""

    setting: str
    at_least: int
    now: int


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way to let the program do what it tried.

    ``statements`` are C, for the thread that was refused, in front of the access; ``by_hand`` does the same with POSIX
    calls alone. ``option`` is one of ``v7m run``.
    """

    kind: str
    statements: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    by_hand_headers: tuple[str, ...] = ()
    option: str = ""
    needs: tuple[Need, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return the remedy as JSON values."""
        return {
            "kind": self.kind,
            "statements": list(self.statements),
            "headers": list(self.headers),
            "by_hand": list(self.by_hand),
            "by_hand_headers": list(self.by_hand_headers),
            "option": self.option or None,
            "needs": [{"setting": n.setting, "at_least": n.at_least, "now": n.now} for n in self.needs],
        }


@dataclass(frozen=True, slots=True)
class Advice:
    """``remedies`` that work; ``no_share`` is one sentence on why a share is none of them, '' where that needs none."""

    remedies: tuple[Remedy, ...] = ()
    no_share: str = ""


def advise(kernel: Kernel, fault: Fault, in_handler: bool, stack: Stack, address: int, owner_sp: int | None) -> Advice:
    """Return what would allow ``fault``, refused at ``address`` in the ``stack`` of another thread.

    ``in_handler``: to an exception handler. ``owner_sp`` is the stack pointer of the stack's owner, None where that has
    none: it has not been started.
    """
    if fault.cause is not CAUSES["DACCVIOL"]:
        return Advice()
    opened = _kernel_opens(kernel, fault)
    reason = _no_share(kernel, in_handler, stack, address, owner_sp)
    if reason:
        return Advice(opened, reason)
    if stack.ended_at is not None:
        return _ended(kernel, fault, stack)
    share = _share(kernel, fault, stack)
    return Advice(opened, share) if isinstance(share, str) else Advice((share, *opened))


def _kernel_opens(kernel: Kernel, fault: Fault) -> tuple[Remedy, ...]:
    """Return the mode in which the kernel is not refused that, unless the program runs in it."""
    if kernel.openable is not fault or kernel.opens_copies:
        return ()
    return (Remedy(KERNEL_OPENS_OPTION, option="--mode kernel-opens"),)


def _no_share(kernel: Kernel, in_handler: bool, stack: Stack, address: int, owner_sp: int | None) -> str:
    """Say why no share is advised, whatever the program is configured for; '' when one may be."""
    accessor = kernel.protection.executing
    if accessor is None:
        return "before the first thread runs nothing is shared"
    if in_handler:
        return (
            "no share helps: an interrupt handler or timer service routine has the map of whom it interrupts, here "
            f"{accessor.label}; it may use globals, static objects and the heap"
        )
    if kernel.threads.idle in (accessor, stack.owner):
        return "the idle thread has no part in shares"
    if stack.ended_at is not None:
        return ""
    name = stack.owner.label
    if owner_sp is None:
        return f"{name} was never started: nothing of it is on its stack yet"
    if address < owner_sp:
        return f"no share helps: below the stack pointer of {name} (0x{owner_sp:08x}) no variable of it lives"
    return ""


def _ended(kernel: Kernel, fault: Fault, stack: Stack) -> Advice:
    """Advise on the stack of a thread that has ended: to write there is to use its memory again."""
    name = stack.owner.label
    gone = f"no share helps: {name} has ended, and its variables with it"
    if fault.access is not Access.WRITE:
        return Advice((), f"{gone}; what shall outlive it belongs into a static object, the heap, or its exit value")
    if any(start < stack.end and stack.start < end for start, end in kernel.protection.policy.closed):
        return Advice((), f"{gone}; the stack is the kernel's, which gives it to the next thread once {name} is joined")
    statement = f"rtems_stack_release((void *) 0x{stack.start:08x});"
    return Advice((Remedy(RELEASE, (statement,), _HEADERS),))


def object_name(kernel: Kernel, owner: Thread) -> str:
    """Return the name of the object that the stack of ``owner`` is shared by, once it is."""
    return TASKFS + _naming(kernel, owner)[1]


def _share(kernel: Kernel, fault: Fault, stack: Stack) -> Remedy | str:
    """Return how the accessor gets the stack, or in one sentence why it cannot."""
    accessor = kernel.protection.executing
    owner = stack.owner
    assert accessor is not None
    held = [other for other, _ in kernel.protection.policy.shares_of(accessor)]
    if stack not in held and len(held) >= SHARE_LIMIT:
        names = ", ".join(other.owner.label for other in held)
        return (
            f"{accessor.label} has the stacks of {SHARE_LIMIT} others ({names}), which is all that a thread can "
            "have: rtems_unshare_stack() ends one"
        )
    rights = READ if fault.access is Access.READ else READ_WRITE
    naming, name, helper_names = _naming(kernel, owner)  # type: ignore[arg-type]
    opening, needs = _opening(kernel, name)
    if needs is None:
        return "no share helps: the kernel has no room for one more shared memory object or descriptor"
    prot = describe_protection(rights)
    target_words, owner_words = _c_id(kernel, accessor), _c_id(kernel, owner)
    helper = f"rtems_share_stack({target_words}, {owner_words}, {prot});"
    by_hand = (
        *naming,
        *opening,
        f"int fd = shm_open({c_string(TASKFS + name)}, O_CREAT | O_RDWR, 0600);",
        f"ftruncate(fd, {stack.size});",
        f"mmap(NULL, {stack.size}, {prot}, MAP_SHARED, fd, 0);",
        "close(fd);",
    )
    first = (*(() if helper_names else naming), *opening)
    return Remedy(SHARE, (*first, helper), _HEADERS, by_hand, _HAND_HEADERS, needs=needs)


def _naming(kernel: Kernel, owner: Thread) -> tuple[tuple[str, ...], str, bool]:
    """Return what gives ``owner`` a name that is its own, that name, and whether rtems_share_stack() does it as well.

    A stack's object is found by a name of four characters; of threads of one name the lowest id is.
    """
    name = name_string(owner.classic_name).decode("latin-1")
    if len(name) == THREAD_NAME_LENGTH and kernel.thread_by_name(name) is owner:
        return (), name, True
    made_up = f"S{owner.id & 0xFFF:03x}"
    helper_names = len(name) != THREAD_NAME_LENGTH and kernel.thread_by_name(made_up) is None
    initial = {Api.POSIX: "P", Api.CLASSIC: "C"}[Api(object_api(owner.id))]
    candidates = [made_up, f"{initial}{owner.id & 0xFFF:03x}", *(f"s{number:03x}" for number in range(HARD_LIMIT * 2))]
    chosen = next(candidate for candidate in candidates if kernel.thread_by_name(candidate) is None)
    return (f"rtems_object_set_name({_c_id(kernel, owner)}, {c_string(chosen)});",), chosen, helper_names


def _opening(kernel: Kernel, name: str) -> tuple[tuple[str, ...], tuple[Need, ...] | None]:
    """Return the statements and the settings that shm_open() of a stack's object wants first.

    None for the settings: no configuration can help.
    """
    files, objects = kernel.part(Files), kernel.part(SharedMemory)
    needs = []
    if files.free_descriptor() is None:
        needs.append(Need("CONFIGURE_MAXIMUM_FILE_DESCRIPTORS", files.limit + 1, files.limit))
    found = objects.find(TASKFS + name)
    readable = OWNER_READ | OWNER_WRITE
    is_usable = found is not None and found.permissions & readable == readable
    stays = found is None or found.references > 0
    if not is_usable and stays and len(objects) >= objects.maximum:
        needs.append(Need("CONFIGURE_MAXIMUM_POSIX_SHMS", objects.maximum + 1, objects.maximum))
    has_memory = is_usable or kernel.memory_fits(len(TASKFS + name) + 1)
    if any(need.at_least > HARD_LIMIT for need in needs) or not has_memory:
        return (), None
    unlinking = () if found is None or is_usable else (f"shm_unlink({c_string(TASKFS + name)});",)
    return unlinking, tuple(needs)


def _c_id(kernel: Kernel, thread: Any) -> str:
    """Return a thread's id in C with what people know it by as a comment."""
    known_by = thread.name or kernel.port.image.symbols.describe(thread.entry & ~1)
    known_by = "".join(c if c.isprintable() and c not in "/*\\?" else "." for c in known_by)
    return f"0x{thread.id:08x} /* {known_by} */"


def c_string(text: str) -> str:
    """Return ``text`` as a C string literal."""
    escaped = "".join(c if " " <= c <= "~" and c not in '"\\?' else f"\\{ord(c):03o}" for c in text)
    return f'"{escaped}"'


# -- words -------------------------------------------------------------------------------------------------------------

_COLUMN = 15


def lines_of(remedies: tuple[Remedy, ...]) -> list[str]:
    """Return the remedies as a report prints them."""
    lines: list[str] = []
    for number, remedy in enumerate(remedies):
        label = "or past it:" if number else "to allow this:"
        first, *others = _remedy_lines(remedy)
        lines += [f"{label:{_COLUMN}}{first}", *(f"{'':{_COLUMN}}{line}" for line in others)]
        lines += [f"{'needs' if not index else '':{_COLUMN}}{_need(need)}" for index, need in enumerate(remedy.needs)]
    return lines


def _remedy_lines(remedy: Remedy) -> list[str]:
    if remedy.kind == KERNEL_OPENS_OPTION:
        return [f"v7m run {remedy.option}: the kernel is not held back from the stacks of live threads"]
    if remedy.kind == RELEASE:
        return [f"{remedy.statements[0].rstrip(';')} gives an ended thread's stack back"]
    split = next(i for i, text in enumerate(remedy.by_hand) if text.startswith("ftruncate"))
    return [
        " ".join(remedy.statements),
        "or by hand, in the thread that is refused:",
        " ".join(remedy.by_hand[:split]),
        " ".join(remedy.by_hand[split:]),
    ]


def _need(need: Need) -> str:
    return f"{need.setting} >= {need.at_least} (now {need.now})"
