"""The state of everything that objects reach, kept and brought back in place.

A capture walks the objects from its roots and keeps, for each one that can change, what it holds: attributes, items,
the variables of a closure. A restore gives the same objects the same contents again. Nothing is copied deeply and no
object is replaced, so that whoever holds one (a scheduled call, a thread in a queue, the engine's callbacks) holds the
right one afterwards. No class has to do anything for it; a class whose instances the walk cannot see into is a bug
that ``Unknown`` names.

Where the walk ends ``is_fixed(cls)`` says: instances of these classes are taken as they are. What such an object holds
is kept by others (checkpoint.py), or does not belong to the run: the host's side, the caches of the engine.
"""

from __future__ import annotations

import types
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from enum import Enum
from functools import partial

from emulator.annotations import Any
from emulator.errors import InternalError

Item = tuple[Any, Any]
"""An object that can change, and what it held."""

_ATOMS: tuple[type, ...] = (
    *(int, float, complex, str, bytes, bool, type(None), type(Ellipsis), type(NotImplemented), range, slice),
    *(type, types.ModuleType, types.CodeType, types.GenericAlias, types.WrapperDescriptorType),
    *(types.MethodDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType, property, Enum, memoryview),
)  # fmt: skip


class Unknown(InternalError):
    """An object that the walk cannot see into."""


class Memento:
    """Captures what ``roots`` reach, but for what instances of classes hold that ``is_fixed``."""

    def __init__(self, roots: Iterable[object], is_fixed: Callable[[type], bool] = lambda cls: False) -> None:
        self._roots = list(roots)
        self._is_fixed = is_fixed
        self._plans: dict[type, _Plan | None] = {}

    def capture(self) -> list[Item]:
        """Return what everything holds now."""
        plans = self._plans
        seen: set[int] = set()
        kept: list[Item] = []
        todo: list[Any] = list(self._roots)
        take, note = todo.pop, seen.add
        while todo:
            one = take()
            cls = one.__class__
            try:
                plan = plans[cls]
            except KeyError:
                plan = plans[cls] = self._plan(type(one))
            if plan is None:
                continue
            place = id(one)
            if place in seen:
                continue
            note(place)
            plan.look(one, todo, kept)
        return kept

    def restore(self, kept: list[Item]) -> None:
        """Give everything that was captured its contents again."""
        plans = self._plans
        for one, contents in kept:
            plan = plans[one.__class__]
            assert plan is not None
            plan.put(one, contents)

    def _plan(self, cls: type) -> _Plan | None:
        if issubclass(cls, _ATOMS) or self._is_fixed(cls):
            return None
        for known, make in _PLANS:
            if issubclass(cls, known):
                return make()
        if cls.__module__ == "builtins" or _has_hidden_state(cls):
            raise Unknown(f"the walk cannot see into {cls.__module__}.{cls.__qualname__}")
        return _Attributes(cls)


def _has_hidden_state(cls: type) -> bool:
    """Whether instances hold more than attributes: C code keeps it, of a class that is not one of the plans'."""
    return any(base.__module__ != "builtins" and not _is_python(base) for base in cls.__mro__)


def _is_python(cls: type) -> bool:
    return bool(cls.__flags__ & 1 << 9)  # Py_TPFLAGS_HEAPTYPE: made by a class statement
    

class _Plan:
    """How objects of one class are looked into."""

    def look(self, one: Any, todo: list[Any], kept: list[Item]) -> None:
        """Keep what ``one`` holds, and note what it leads to."""

    def put(self, one: Any, contents: Any) -> None:
        """Give ``one`` its contents again."""


class _Tuple(_Plan):
    def look(self, one: Any, todo: list[Any], kept: list[Item]) -> None:
        todo.extend(one)


class _List(_Plan):
    def look(self, one: Any, todo: list[Any], kept: list[Item]) -> None:
        kept.append((one, one[:]))
        todo.extend(one)

    def put(self, one: Any, contents: Any) -> None:
        one[:] = contents


class _Bytes(_Plan):
    def look(self, one: Any, todo: list[Any], kept: list[Item]) -> None:
        kept.append((one, bytes(one)))

    def put(self, one: Any, contents: Any) -> None:
        if one != contents:
            one[:] = contents


class _Dict(_Plan):
    def look(self, one: Any, todo: list[Any], kept: list[Item]) -> None:
        kept.append((one, one.copy()))
        todo.extend(one.values())
        todo.extend(one)

    def put(self, one: Any, contents: Any) -> None:
        one.clear()
        one.update(contents)


class _Set(_Plan):
    def look(self, one: Any, todo: list[Any], kept: list[Item]) -> None:
        kept.append((one, one.copy()))
        todo.extend(one)

    def put(self, one: Any, contents: Any) -> None:
        one.clear()
        one.update(contents)


class _Deque(_Plan):
    def look(self, one: Any, todo: list[Any], kept: list[Item]) -> None:
        kept.append((one, tuple(one)))
        todo.extend(one)

    def put(self, one: Any, contents: Any) -> None:
        one.clear()
        one.extend(contents)


class _Function(_Plan):
    """A closure's variables: those kept that the function assigns to, as nobody else does once it is there."""

    def __init__(self) -> None:
        self._assigned: dict[types.CodeType, tuple[int, ...]] = {}

    def look(self, one: Any, todo: list[Any], kept: list[Item]) -> None:
        cells = one.__closure__
        if cells:
            todo.extend(cell.cell_contents for cell in cells if cell != _EMPTY)
            code = one.__code__
            assigned = self._assigned.get(code)
            if assigned is None:
                assigned = self._assigned[code] = _assigned_by(code)
            kept.extend((cells[place], cells[place].cell_contents) for place in assigned)
        if one.__defaults__:
            todo.extend(one.__defaults__)


_EMPTY = types.CellType()


def _assigned_by(code: types.CodeType) -> tuple[int, ...]:
    """Return the places of the variables of enclosing functions that a function, or one within it, assigns to."""
    from dis import get_instructions

    names = {one.argval for one in get_instructions(code) if one.opname in ("STORE_DEREF", "DELETE_DEREF")}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names.update(constant.co_freevars[place] for place in _assigned_by(constant))
    return tuple(place for place, name in enumerate(code.co_freevars) if name in names)


class _Cell(_Plan):
    def put(self, one: Any, contents: Any) -> None:
        one.cell_contents = contents


class _Method(_Plan):
    def look(self, one: Any, todo: list[Any], kept: list[Item]) -> None:
        todo.append(one.__self__)


class _Partial(_Plan):
    def look(self, one: Any, todo: list[Any], kept: list[Item]) -> None:
        todo.append(one.func)
        todo.extend(one.args)
        todo.extend(one.keywords.values())


_PLANS: tuple[tuple[tuple[type, ...], Callable[[], _Plan]], ...] = (
    ((tuple, frozenset, types.MappingProxyType), _Tuple),
    ((list,), _List),
    ((bytearray,), _Bytes),
    ((OrderedDict, dict), _Dict),
    ((set,), _Set),
    ((deque,), _Deque),
    ((types.FunctionType,), _Function),
    ((types.CellType,), _Cell),
    ((types.MethodType, types.BuiltinFunctionType, types.MethodWrapperType), _Method),
    ((partial,), _Partial),
)


class _Attributes(_Plan):
    """The attributes of instances of a class: those in slots, and those in a dictionary."""

    def __init__(self, cls: type) -> None:
        self._slots = [
            member for base in cls.__mro__ for member in vars(base).values()
            if isinstance(member, types.MemberDescriptorType)
        ]  # fmt: skip

    def look(self, one: Any, todo: list[Any], kept: list[Item]) -> None:
        slots = [self._read(member, one) for member in self._slots]
        attributes = getattr(one, "__dict__", None)
        if attributes is not None:
            attributes = attributes.copy()
            todo.extend(attributes.values())
        todo.extend(slots)
        kept.append((one, (slots, attributes)))

    @staticmethod
    def _read(member: Any, one: object) -> Any:
        try:
            return member.__get__(one)
        except AttributeError:  # not assigned yet
            return _Unset

    def put(self, one: Any, contents: Any) -> None:
        slots, attributes = contents
        for member, value in zip(self._slots, slots, strict=True):
            if self._read(member, one) is not value:
                if value is _Unset:
                    member.__delete__(one)
                else:
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
