"""Runs Cortex-M binaries with an exact ARMv7-M MPU and explains every refused access. ``python -m v7m`` is the command."""
