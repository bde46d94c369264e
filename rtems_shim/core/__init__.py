"""The kernel under every API: threads, scheduling, waiting, time, object ids, dispatch of traps, fatal errors."""
