"""The debug adapter: the Debug Adapter Protocol for editors, answered through a real GDB in its machine interface."""
