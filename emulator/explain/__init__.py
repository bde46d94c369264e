"""What a core file, a report, a fault dump or values of registers say, without a run."""
