"""Classes whose instances have attributes in slots, and in a dictionary, too."""

from __future__ import annotations


class Slotted:
    """One of its two slots is assigned."""

    __slots__ = ("later", "value")

    def __init__(self, value: object) -> None:
        self.value = value


class Plain(Slotted):
    """Has slots and a dictionary."""

    def __init__(self, value: object) -> None:
        super().__init__(value)
        self.other: object = None
