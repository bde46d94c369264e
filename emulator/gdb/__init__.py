"""The GDB remote serial protocol over a debugger."""
