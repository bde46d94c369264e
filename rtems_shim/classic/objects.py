"""The tables of Classic objects other than tasks, and what all of them have: an id and a 32-bit name."""

from __future__ import annotations

from emulator.annotations import Protocol
from rtems_shim.core.objects import HARD_LIMIT, INDEX_LIMIT, Api, ClassicClass, ObjectTable, object_api, object_class

MAXIMA = {
    ClassicClass.TIMERS: "maximum_timers",
    ClassicClass.SEMAPHORES: "maximum_semaphores",
    ClassicClass.MESSAGE_QUEUES: "maximum_message_queues",
    ClassicClass.PARTITIONS: "maximum_partitions",
    ClassicClass.REGIONS: "maximum_regions",
    ClassicClass.PORTS: "maximum_ports",
    ClassicClass.PERIODS: "maximum_periods",
    ClassicClass.BARRIERS: "maximum_barriers",
}
"""Class -> the field of the configuration that limits it."""


LIMITS = {ClassicClass.PORTS: INDEX_LIMIT}
"""Classes that may have more objects than HARD_LIMIT."""


class Named(Protocol):
    """A Classic object."""

    name: int


class ClassicObjects:
    """One table a class."""

    def __init__(self, configuration: dict[str, int]) -> None:
        self.tables: dict[ClassicClass, ObjectTable[Named]] = {
            number: ObjectTable(Api.CLASSIC, number, configuration[field], LIMITS.get(number, HARD_LIMIT))
            for number, field in MAXIMA.items()
        }

    def find(self, identifier: int) -> Named | None:
        """Return the object with this id, whatever its class, or None."""
        if object_api(identifier) != Api.CLASSIC or object_class(identifier) not in self.tables:
            return None
        return self.tables[ClassicClass(object_class(identifier))].get(identifier)
