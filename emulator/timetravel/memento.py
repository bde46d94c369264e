"""The state of everything that objects reach, kept and brought back in place.

A capture walks the objects from its roots and keeps, for each one that can change, what it holds: attributes, items,
the variables of a closure. A restore gives the same objects the same contents again. Nothing is copied deeply and no
object is replaced, so that whoever holds one (a scheduled call, a thread in a queue, the engine's callbacks) holds the
right one afterwards. No class has to do anything for it; a class whose instances the walk cannot see into is a bug
that ``Unknown`` names.

Where the walk ends ``is_fixed(cls)`` says: instances of these classes are taken as they are. What such an object holds
is kept by others (checkpoint.py), or does not belong to the run: the host's side, the caches of the engine.

Most of what a capture finds is as it was at the one before. So the objects that were found are looked at in turn, what
has not changed is shared with the capture before, and only what new contents lead to is walked.
"""

from __future__ import annotations

import types
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import partial
from operator import is_

from emulator.annotations import Any, Protocol
from emulator.errors import InternalError
from emulator.timetravel.sameness import load as load_sameness

Item = tuple[Any, Any]
"""An object that can change, and what it held."""

_ATOMS: tuple[type, ...] = (
    *(int, float, complex, str, bytes, bool, type(None), type(Ellipsis), type(NotImplemented), range, slice),
    *(type, types.ModuleType, types.CodeType, types.GenericAlias, types.WrapperDescriptorType),
    *(types.MethodDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType, property, Enum, memoryview),
)  # fmt: skip
GROWTH = 2
"""Times as many objects as the last whole walk found, after which the next walk leaves out what is out of reach."""


class Unknown(InternalError):
    """An object that the walk cannot see into."""


class Memento:
    """Captures what ``roots`` reach, but for what instances of classes hold that ``is_fixed``."""

    def __init__(self, roots: Iterable[object], is_fixed: Callable[[type], bool] = lambda cls: False) -> None:
        self._roots = list(roots)
        self._is_fixed = is_fixed
        self._plans: dict[type, _Kept | _Link | None] = {}
        self._members: dict[type, tuple[object, ...]] = {}
        self._may_have_changed = load_sameness()
        self._items: list[Item] = []
        self._seen: dict[int, object] = {}
        self._most = 0

    def capture(self) -> list[Item]:
        """Return what everything holds now."""
        if len(self._items) >= self._most:
            self._items, self._seen = [], {}
            self._walk(list(self._roots), self._items)
            self._most = GROWTH * len(self._items) + 1
            return self._items
        kept, found = self._items.copy(), list[Any]()
        for place, plan, one in self._changed(kept):
            kept[place] = one, plan.contents(one, found)
        self._walk(found, kept)
        self._items = kept
        return kept

    def _walk(self, todo: list[Any], kept: list[Item]) -> None:
        """Keep what is reached from ``todo`` and was not seen yet."""
        plans, seen = self._plans, self._seen
        while todo:
            one = todo.pop()
            cls = one.__class__
            plan: Any
            try:
                plan = plans[cls]
            except KeyError:
                plan = plans[cls] = self._plan(type(one))
            if plan is None or id(one) in seen:
                continue
            seen[id(one)] = one
            if isinstance(plan, _LINKS):
                plan.follow(one, todo)
            else:
                kept.append((one, plan.contents(one, todo)))

    def restore(self, kept: list[Item]) -> None:
        """Give everything that was captured its contents again."""
        for place, plan, one in self._changed(kept):
            plan.put(one, kept[place][1])

    def _changed(self, items: list[Item]) -> Iterator[tuple[int, Any, Any]]:
        """Yield the places of the items that do not hold what they held, their plans, and the objects."""
        plans = self._plans
        for place in self._may_have_changed(items, self._members):
            one, contents = items[place]
            plan: Any = plans[one.__class__]
            if not plan.is_same(one, contents):
                yield place, plan, one

    def _plan(self, cls: type) -> _Kept | _Link | None:
        if issubclass(cls, _ATOMS) or self._is_fixed(cls):
            return None
        for known, make in _PLANS:
            if issubclass(cls, known):
                return make()
        if cls.__module__ == "builtins" or not all(map(_is_plain, cls.__mro__)):
            raise Unknown(f"the walk cannot see into {cls.__module__}.{cls.__qualname__}")
        plan = _Attributes(cls)
        self._members[cls] = plan.members
        return plan


def _is_plain(cls: type) -> bool:
    """Whether all that a class adds to its instances are attributes: it is object, or made by a class statement."""
    return cls is object or bool(cls.__flags__ & 1 << 9)  # Py_TPFLAGS_HEAPTYPE


class _Kept(Protocol):
    """How objects of one class are looked into that can change."""

    def contents(self, one: Any, todo: list[Any]) -> Any:
        """Return what ``one`` holds, and note in ``todo`` what it leads to."""

    def is_same(self, one: Any, contents: Any) -> bool:
        """Whether ``one`` holds the same objects still."""

    def put(self, one: Any, contents: Any) -> None:
        """Give ``one`` its contents again."""


class _Link(Protocol):
    """How objects of one class are looked into that only lead to others."""

    def follow(self, one: Any, todo: list[Any]) -> None:
        """Note what ``one`` leads to."""


class _List(_Kept):
    """Lists and queues."""

    def contents(self, one: Any, todo: list[Any]) -> Any:
        todo.extend(one)
        return tuple(one)

    def is_same(self, one: Any, contents: Any) -> bool:
        return len(one) == len(contents) and all(map(is_, one, contents))

    def put(self, one: Any, contents: Any) -> None:
        one.clear()
        one.extend(contents)


class _Set(_List):
    def put(self, one: Any, contents: Any) -> None:
        one.clear()
        one.update(contents)


class _Bytes(_Kept):
    def contents(self, one: Any, todo: list[Any]) -> Any:
        return bytes(one)

    def is_same(self, one: Any, contents: Any) -> bool:
        return bool(one == contents)

    def put(self, one: Any, contents: Any) -> None:
        one[:] = contents


class _Dict(_Kept):
    def contents(self, one: Any, todo: list[Any]) -> Any:
        todo.extend(one.values())
        todo.extend(one)
        return one.copy()

    def is_same(self, one: Any, contents: Any) -> bool:
        return (
            len(one) == len(contents) and all(map(is_, one.values(), contents.values()))
            and all(map(is_, one, contents))
        )  # fmt: skip

    def put(self, one: Any, contents: Any) -> None:
        one.clear()
        one.update(contents)


class _Cell(_Kept):
    """A variable that a function assigns to which is not its own: the walk comes to those by ``_Function``."""

    def contents(self, one: Any, todo: list[Any]) -> Any:
        todo.append(one.cell_contents)
        return one.cell_contents

    def is_same(self, one: Any, contents: Any) -> bool:
        return one.cell_contents is contents

    def put(self, one: Any, contents: Any) -> None:
        one.cell_contents = contents


class _Tuple(_Link):
    def follow(self, one: Any, todo: list[Any]) -> None:
        todo.extend(one)


class _Function(_Link):
    """A closure. Nobody else assigns to its variables once it is there."""

    def __init__(self) -> None:
        self._assigned: dict[types.CodeType, frozenset[int]] = {}

    def follow(self, one: Any, todo: list[Any]) -> None:
        if one.__defaults__:
            todo.extend(one.__defaults__)
        if not one.__closure__:
            return
        code = one.__code__
        assigned = self._assigned.get(code)
        if assigned is None:
            assigned = self._assigned[code] = _assigned_by(code)
        for place, cell in enumerate(one.__closure__):
            if cell != _EMPTY:
                todo.append(cell if place in assigned else cell.cell_contents)


_EMPTY = types.CellType()


def _assigned_by(code: types.CodeType) -> frozenset[int]:
    """Return the places of the variables of enclosing functions that a function, or one within it, assigns to."""
    from dis import get_instructions

    names = {one.argval for one in get_instructions(code) if one.opname in ("STORE_DEREF", "DELETE_DEREF")}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names.update(constant.co_freevars[place] for place in _assigned_by(constant))
    return frozenset(place for place, name in enumerate(code.co_freevars) if name in names)


class _Method(_Link):
    def follow(self, one: Any, todo: list[Any]) -> None:
        todo.append(one.__self__)


class _Partial(_Link):
    def follow(self, one: Any, todo: list[Any]) -> None:
        todo.append(one.func)
        todo.extend(one.args)
        todo.extend(one.keywords.values())


_LINKS = (_Tuple, _Function, _Method, _Partial)
_PLANS: tuple[tuple[tuple[type, ...], Callable[[], _Kept | _Link]], ...] = (
    ((tuple, frozenset, types.MappingProxyType), _Tuple),
    ((list, deque), _List),
    ((bytearray,), _Bytes),
    ((OrderedDict, dict), _Dict),
    ((set,), _Set),
    ((types.FunctionType,), _Function),
    ((types.CellType,), _Cell),
    ((types.MethodType, types.BuiltinFunctionType, types.MethodWrapperType), _Method),
    ((partial,), _Partial),
)


class _Attributes(_Kept):
    """The attributes of instances of a class: those in slots, and those in a dictionary."""

    def __init__(self, cls: type) -> None:
        self.members = tuple(
            member for base in cls.__mro__ for member in vars(base).values()
            if isinstance(member, types.MemberDescriptorType)
        )  # fmt: skip
        self._readers = [member.__get__ for member in self.members]

    def contents(self, one: Any, todo: list[Any]) -> Any:
        slots = self._read(one)
        todo.extend(slots)
        attributes = getattr(one, "__dict__", None)
        if attributes is not None:
            attributes = attributes.copy()
            todo.extend(attributes.values())
        return slots, attributes

    def _read(self, one: object) -> list[Any]:
        try:
            return [read(one) for read in self._readers]
        except AttributeError:  # not all were assigned yet
            return [self._read_one(read, one) for read in self._readers]

    @staticmethod
    def _read_one(read: Callable[[object], Any], one: object) -> Any:
        try:
            return read(one)
        except AttributeError:
            return _Unset

    def is_same(self, one: Any, contents: Any) -> bool:
        slots, attributes = contents
        if slots and not all(map(is_, self._read(one), slots)):
            return False
        if attributes is None:
            return True
        now = one.__dict__
        return (
            len(now) == len(attributes) and all(map(is_, now.values(), attributes.values()))
            and all(map(is_, now, attributes))
        )  # fmt: skip

    def put(self, one: Any, contents: Any) -> None:
        slots, attributes = contents
        for member, now, value in zip(self.members, self._read(one), slots, strict=True):
            if value is _Unset and now is not _Unset:
                member.__delete__(one)
            elif now is not value:
                member.__set__(one, value)
        if attributes is not None:
            self._put_attributes(one.__dict__, attributes)

    @staticmethod
    def _put_attributes(now: dict[str, Any], attributes: dict[str, Any]) -> None:
        for name, value in attributes.items():
            if now.get(name, _Unset) is not value:
                now[name] = value
        if len(now) > len(attributes):
            for name in [name for name in now if name not in attributes]:
                del now[name]


class _Unset:
    """Stands for a slot that nothing was assigned to."""
