"""The POSIX API but for files: threads, locks, semaphores, queues, signals, timers, clocks."""
