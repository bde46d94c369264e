"""An instruction-level ARMv7-M emulator harness: real binaries, an exact MPU, explained faults."""
