"""The kernel as a debugger asks it."""
