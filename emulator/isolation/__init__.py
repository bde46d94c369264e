"""Whether the MPU allows what it should, to the byte: the audit of isolation. Knows a machine, and no kernel."""
