"""An address range that reads as zero and ignores writes: a block that a board has and this project does not model."""

from __future__ import annotations

from emulator.devices.peripheral import Parameter, Peripheral


class Unimplemented(Peripheral):
    """``size`` bytes of zeros."""

    PARAMETERS = {"size": Parameter(int, 0x1000)}

    def set_up(self) -> None:
        """See Peripheral."""
        self.size = self.parameters["size"]

    def steady_bytes(self, offset: int, size: int) -> bytes | None:
        """See Device."""
        return bytes(size)

    def is_steady(self, offset: int, size: int) -> bool:
        """See Device."""
        return True
