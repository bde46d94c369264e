"""Binds the architecture to a running engine: clock, bus, boards, devices."""
