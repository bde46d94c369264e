"""Classes of fields: ``dataclass`` with the options used here, whose methods are compiled when they are first called.

The standard decorator compiles up to six methods for each class when its module is imported, and importing it brings
Python's parser and disassembler: for the fifty such classes of a run that is a third of the time that a short run
takes. Most of the methods are never called. So this one makes the class (always with ``__slots__``) and leaves the
methods to the first call, __init__() to the tenth. Their code is then the same, and as fast.

Type checkers see the standard decorator. The standard functions (``fields``, ``asdict``, ``replace``) work: what they
look for is made when they ask. Left out: order, keyword-only fields, InitVar, pickling.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING, Any

_MISSING: Any = object()
_FIELDS = "__record_fields__"
_STANDARD = "__dataclass_fields__"
WORTH_COMPILING = 10
"""Records of a class that are filled field by field; from then on compiling its __init__() costs less."""


class _Field:
    """One field of a record; ``default`` and ``factory`` are _MISSING where there is none."""

    __slots__ = ("annotation", "default", "factory", "init", "name", "repr")

    def __init__(self, default: Any, factory: Any = _MISSING, init: bool = True, repr: bool = True) -> None:
        self.name = self.annotation = ""
        self.default, self.factory, self.init, self.repr = default, factory, init, repr

    @property
    def is_left_open(self) -> bool:
        """Whether __init__() leaves it to others: it is no argument, and nothing says what it is."""
        return not self.init and self.default is _MISSING and self.factory is _MISSING

    def standard(self) -> Any:
        """Return the standard library's description of the field."""
        import dataclasses

        given = {"default": self.default, "default_factory": self.factory}
        given = {key: value for key, value in given.items() if value is not _MISSING}
        return dataclasses.field(init=self.init, repr=self.repr, **given)


def _field(*, default: Any = _MISSING, default_factory: Any = _MISSING, init: bool = True, repr: bool = True) -> _Field:
    """See dataclasses.field."""
    return _Field(default, default_factory, init, repr)


def _replace(record: Any, /, **changes: Any) -> Any:
    """Return a record like ``record`` with other values for the fields in ``changes``. See dataclasses.replace."""
    for field in getattr(record, _FIELDS):
        if field.init and field.name not in changes:
            changes[field.name] = getattr(record, field.name)
    return type(record)(**changes)


def field_names(record: object) -> tuple[str, ...]:
    """Return the names of the fields of a record, or of a class of records, in the order of their declaration."""
    return tuple(field.name for field in getattr(record, _FIELDS))


def _dataclass(*, frozen: bool = False, slots: bool = False, eq: bool = True) -> Callable[[type], type]:
    """See dataclasses.dataclass."""
    assert slots, "a record has slots"
    return lambda cls: _with_slots(cls, frozen, eq)


def _with_slots(cls: type, frozen: bool, eq: bool) -> type:
    """Return the class again, with slots for its fields and methods that compile themselves."""
    names = dict(cls.__dict__)
    for name in ("__dict__", "__weakref__"):
        names.pop(name, None)
    inherited = {field.name: field for base in cls.__mro__[:0:-1] for field in base.__dict__.get(_FIELDS, ())}
    own = _own_fields(names)
    names["__slots__"] = tuple(name for name in own if name not in inherited)
    names[_FIELDS] = fields = tuple((inherited | own).values())
    names[_STANDARD] = _StandardFields()
    names.setdefault("__match_args__", tuple(field.name for field in fields if field.init))
    for name, method in _methods(lambda: made, frozen, eq).items():
        if names.get(name) is None:
            names[name] = method
    made = type(cls)(cls.__name__, cls.__bases__, names)
    made.__qualname__ = cls.__qualname__
    return made


def _own_fields(names: dict[str, Any]) -> dict[str, _Field]:
    """Take the fields that a class declares out of its ``names``."""
    fields = {}
    for name, annotation in names.get("__annotations__", {}).items():
        if annotation.startswith("ClassVar"):
            continue
        default = names.pop(name, _MISSING)
        field = default if isinstance(default, _Field) else _Field(default)
        assert field.default.__class__.__hash__ is not None, f"{name}: a default that changes needs a factory"
        field.name, field.annotation = name, annotation
        fields[name] = field
    return fields


class _StandardFields:
    """Describes the fields as the standard library does, when it looks for that."""

    def __get__(self, instance: object, owner: type) -> Any:
        import dataclasses

        fields = [(field.name, field.annotation, field.standard()) for field in getattr(owner, _FIELDS)]
        standard = getattr(dataclasses.make_dataclass(owner.__name__, fields), _STANDARD)
        setattr(owner, _STANDARD, standard)
        return standard


# -- methods -------------------------------------------------------------------------------------------------------


def _methods(owner: Callable[[], Any], frozen: bool, eq: bool) -> dict[str, Any]:
    """Return the methods of the class that ``owner`` will return; each puts the compiled one in its place."""

    made_before = 0

    def __init__(self: Any, *values: Any, **named: Any) -> None:
        nonlocal made_before
        made_before += 1
        if made_before > WORTH_COMPILING or not _fill(self, getattr(owner(), _FIELDS), values, named):
            owner().__init__ = made = _compile_init(owner(), frozen)
            made(self, *values, **named)

    def __repr__(self: Any) -> str:
        from reprlib import recursive_repr

        owner().__repr__ = made = recursive_repr()(_represent)
        return made(self)

    def __eq__(self: Any, other: object) -> bool:
        owner().__eq__ = made = _compile_eq(owner())
        answer: bool = made(self, other)
        return answer

    def __hash__(self: Any) -> int:
        owner().__hash__ = made = _compile_hash(owner())
        answer: int = made(self)
        return answer

    methods: dict[str, Any] = {"__init__": __init__, "__repr__": __repr__}
    if eq:
        methods["__eq__"] = __eq__
        methods["__hash__"] = __hash__ if frozen else None
    if frozen:
        methods["__setattr__"], methods["__delattr__"] = _refuse_to_set, _refuse_to_delete
    return methods


def _fill(record: Any, fields: tuple[_Field, ...], values: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Do what __init__() does; False where the arguments do not fit, which the compiled one says in Python's words."""
    arguments = [field.name for field in fields if field.init]
    given = dict(zip(arguments, values, strict=False))
    if len(values) > len(arguments) or not given.keys().isdisjoint(named) or not named.keys() <= set(arguments):
        return False
    given.update(named)
    for field in fields:
        if field.name in given:
            value = given[field.name]
        elif field.is_left_open:
            continue
        elif field.factory is not _MISSING:
            value = field.factory()
        else:
            value = field.default
            if value is _MISSING:
                return False
        object.__setattr__(record, field.name, value)
    if hasattr(record, "__post_init__"):
        record.__post_init__()
    return True


def _represent(self: Any) -> str:
    shown = [f"{field.name}={getattr(self, field.name)!r}" for field in getattr(self, _FIELDS) if field.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_to_set(self: object, name: str, value: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _compile_init(owner: type, frozen: bool) -> Any:
    """Return __init__(): fields in their order, defaults, factories, and __post_init__() where there is one."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_MISSING": _MISSING}
    parameters, lines = ["self"], []
    for field in getattr(owner, _FIELDS):
        name = value = field.name
        if field.default is not _MISSING:
            known[f"_default_{name}"] = field.default
            parameter, value = f"{name}=_default_{name}", name if field.init else f"_default_{name}"
        elif field.factory is not _MISSING:
            known[f"_new_{name}"] = field.factory
            parameter, value = f"{name}=_MISSING", f"_new_{name}()"
            if field.init:
                value += f" if {name} is _MISSING else {name}"
        elif field.is_left_open:
            continue
        else:
            parameter = name
        parameters += [parameter] if field.init else []
        lines.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(owner, "__post_init__"):
        lines.append("self.__post_init__()")
    return _compile(owner, "__init__", parameters, lines or ["pass"], known)


def _compile_eq(owner: type) -> Any:
    left, right = (_values(owner, name) for name in ("self", "other"))
    lines = ["if other.__class__ is self.__class__:", f" return {left} == {right}", "return NotImplemented"]
    return _compile(owner, "__eq__", ["self", "other"], lines, {})


def _compile_hash(owner: type) -> Any:
    return _compile(owner, "__hash__", ["self"], [f"return hash({_values(owner, 'self')})"], {})


def _values(owner: type, record: str) -> str:
    return "(" + "".join(f"{record}.{field.name}, " for field in getattr(owner, _FIELDS)) + ")"


def _compile(owner: type, name: str, parameters: list[str], lines: list[str], known: dict[str, Any]) -> Any:
    known["__name__"] = owner.__module__
    exec(f"def {name}({', '.join(parameters)}):\n " + "\n ".join(lines), known)
    function = known.pop(name)
    function.__qualname__ = f"{owner.__qualname__}.{name}"
    return function


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import replace as replace
else:
    dataclass, field, replace = _dataclass, _field, _replace
