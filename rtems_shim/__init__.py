"""An RTEMS kernel in Python behind a trap layer: thread-stack isolation and sharing on the MPU."""
