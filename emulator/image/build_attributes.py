"""The ``.ARM.attributes`` section: what kind of ARM core a program was built for.

[Addenda to, and Errata in, the ABI for the Arm Architecture, section "Build Attributes"] Only file-scope attributes of
vendor "aeabi" are read. Damaged attributes read as far as they make sense: they only serve to refuse a program early.
"""

from __future__ import annotations

from emulator.records import dataclass

TAG_CPU_RAW_NAME = 4
TAG_CPU_NAME = 5
TAG_CPU_ARCH = 6
TAG_CPU_ARCH_PROFILE = 7
TAG_COMPATIBILITY = 32
TAG_CONFORMANCE = 67

_TAG_FILE = 1
ARMV7E_M = 13
"""The Tag_CPU_arch of programs that may have DSP instructions; FP instructions come with it."""

ARMV6_M = frozenset({11, 12})
"""The Tag_CPU_arch of programs for Cortex-M0 and M0+, without and with the OS extension."""

CPU_ARCH_NAMES = {
    0: "an ARM older than ARMv4",
    1: "ARMv4",
    2: "ARMv4T",
    3: "ARMv5T",
    4: "ARMv5TE",
    5: "ARMv5TEJ",
    6: "ARMv6",
    7: "ARMv6KZ",
    8: "ARMv6T2",
    9: "ARMv6K",
    10: "ARMv7",
    11: "ARMv6-M",
    12: "ARMv6S-M",
    ARMV7E_M: "ARMv7E-M",
    14: "ARMv8-A",
    15: "ARMv8-R",
    16: "ARMv8-M Baseline",
    17: "ARMv8-M Mainline",
    18: "ARMv8.1-A",
    19: "ARMv8.2-A",
    20: "ARMv8.3-A",
    21: "ARMv8.1-M Mainline",
    22: "ARMv9-A",
}
"""Values of Tag_CPU_arch."""

RUNS_ON_ARMV7M = ARMV6_M | {10, ARMV7E_M}
"""Values of Tag_CPU_arch whose M-profile code an ARMv7-M core executes."""

_PROFILES = {ord("A"): "-A (application profile)", ord("R"): "-R (real-time profile)"}


@dataclass(frozen=True, slots=True)
class _Reader:
    data: bytes

    def uleb(self, position: int) -> tuple[int, int]:
        """Return (value, position after it); ValueError at the end of the data."""
        value = 0
        for index in range(5):
            if position + index >= len(self.data):
                break
            byte = self.data[position + index]
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                return value, position + index + 1
        raise ValueError("unterminated number")

    def after_string(self, position: int) -> int:
        """Return the position after the string at ``position``; ValueError when it does not end."""
        return self.data.index(0, position) + 1

    def length(self, position: int, end: int) -> int:
        """Return the end of the block whose 32-bit length is at ``position``, within ``end``."""
        size = int.from_bytes(self.data[position : position + 4], "little")
        if size < 4 or position + size > end:
            raise ValueError("block outside its container")
        return position + size


def read_attributes(section: bytes) -> dict[int, int]:
    """Return {tag: number} of the file-scope attributes that are numbers, {} when there are none."""
    attributes: dict[int, int] = {}
    if section[:1] != b"A":
        return attributes
    reader = _Reader(section)
    try:
        position = 1
        while position + 4 < len(section):
            end = reader.length(position, len(section))
            after_vendor = reader.after_string(position + 4)
            if section[position + 4 : after_vendor] == b"aeabi\0":
                _read_vendor(reader, after_vendor, end, attributes)
            position = end
    except ValueError:
        pass  # what was read before the damage stands
    return attributes


def _read_vendor(reader: _Reader, position: int, end: int, attributes: dict[int, int]) -> None:
    while position + 5 <= end:
        block_end = reader.length(position + 1, end + 1) - 1
        if reader.data[position] == _TAG_FILE:
            _read_file_scope(reader, position + 5, block_end, attributes)
        position = block_end


def _read_file_scope(reader: _Reader, position: int, end: int, attributes: dict[int, int]) -> None:
    while position < end:
        tag, position = reader.uleb(position)
        is_text = tag in (TAG_CPU_RAW_NAME, TAG_CPU_NAME) or (tag > TAG_COMPATIBILITY and tag & 1)
        if not is_text:
            attributes[tag], position = reader.uleb(position)
        if is_text or tag == TAG_COMPATIBILITY:
            position = reader.after_string(position)


def foreign_architecture(attributes: dict[int, int]) -> str | None:
    """Return the name of the architecture when an ARMv7-M core cannot run a program with these attributes, else None.

    A program without the attributes, and ARMv7 without a profile, pass.
    """
    architecture = attributes.get(TAG_CPU_ARCH)
    if architecture is None:
        return None
    name = CPU_ARCH_NAMES.get(architecture, f"an ARM architecture with number {architecture}")
    profile = attributes.get(TAG_CPU_ARCH_PROFILE, 0)
    if architecture == 10 and profile in _PROFILES:
        return name + _PROFILES[profile]
    return None if architecture in RUNS_ON_ARMV7M else name
