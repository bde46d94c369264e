"""Building programs for the shim on the host: compiler, C library, and the sources made from the ABI."""
