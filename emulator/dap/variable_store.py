"""What ``variablesReference`` numbers mean, as long as the program stands still: scopes, and GDB's variable objects."""

from __future__ import annotations

from emulator.annotations import NamedTuple


class Locals(NamedTuple):
    """The arguments and local variables of a frame."""

    thread: int
    level: int


class Registers(NamedTuple):
    """Registers as a frame has them: the core's, or those of the floating-point extension."""

    thread: int
    level: int
    is_floating: bool


class Children(NamedTuple):
    """The parts of a variable object of GDB's."""

    name: str
    size: int


Container = Locals | Registers | Children


class VariableStore:
    """Containers by reference; variable objects by container and name, and those that have to be deleted."""

    def __init__(self) -> None:
        self._containers: list[Container] = []
        self._objects: dict[tuple[int, str], str] = {}
        self.roots: dict[str, str] = {}
        """The options that name its frame to GDB, by the name of each variable object that GDB was asked to make."""

    def refer(self, container: Container) -> int:
        """Return the reference of ``container``."""
        self._containers.append(container)
        return len(self._containers)

    def find(self, reference: int) -> Container | None:
        """Return what ``reference`` means, None for one of an earlier stop."""
        return self._containers[reference - 1] if 0 < reference <= len(self._containers) else None

    def note(self, reference: int, name: str, variable: str) -> None:
        """Remember that ``name`` in the container ``reference`` is GDB's ``variable``."""
        self._objects[reference, name] = variable

    def object_of(self, reference: int, name: str) -> str | None:
        """Return the variable object of ``name`` in the container ``reference``."""
        return self._objects.get((reference, name))

    def frame_of(self, variable: str) -> str:
        """Return the options that name the frame of ``variable``, a root or anything below one."""
        return self.roots[variable.partition(".")[0]]

    def forget(self) -> list[str]:
        """Forget everything; return the variable objects that GDB may delete."""
        roots, self.roots = list(self.roots), {}
        self._containers.clear()
        self._objects.clear()
        return roots
