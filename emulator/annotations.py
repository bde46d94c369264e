"""The names of ``typing`` that this package uses, without importing it: only type checkers look at what they mean.

Annotations are never evaluated here. Importing typing brings regular expressions, and takes 8 ms of each start.
"""

from __future__ import annotations

TYPE_CHECKING = False
"""Type checkers take it for True, as they do typing.TYPE_CHECKING."""

if TYPE_CHECKING:
    from typing import Any as Any
    from typing import BinaryIO as BinaryIO
    from typing import ClassVar as ClassVar
    from typing import Generic as Generic
    from typing import NamedTuple as NamedTuple
    from typing import NoReturn as NoReturn
    from typing import Protocol as Protocol
    from typing import Self as Self
    from typing import TextIO as TextIO
    from typing import TypeVar as TypeVar
    from typing import overload as overload
else:
    from collections import namedtuple

    Any = BinaryIO = ClassVar = NoReturn = Protocol = Self = TextIO = object

    def TypeVar(name, **bounds):
        """Return what stands for a type in annotations: nothing."""

    def overload(function):
        """Return the function, which the one that follows replaces."""
        return function

    class Generic:
        """A base class that takes parameters and needs none."""

        def __class_getitem__(cls, parameters):
            return cls

    class _NamedTupleMaker(type):
        """Turns a class of annotations into a named tuple with the class's other names."""

        def __new__(cls, name, bases, names):
            if not bases:
                return super().__new__(cls, name, bases, names)
            fields = names.pop("__annotations__", {})
            defaults = [names.pop(field) for field in fields if field in names]
            made = namedtuple(name, fields, defaults=defaults, module=names["__module__"])
            for key, value in names.items():
                if key not in ("__dict__", "__weakref__", "__module__"):
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_NamedTupleMaker):
        """See typing.NamedTuple."""
