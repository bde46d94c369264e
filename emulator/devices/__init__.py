"""Memory-mapped peripherals, one module a block."""
