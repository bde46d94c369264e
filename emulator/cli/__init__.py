"""The v7m command: one module a verb."""
