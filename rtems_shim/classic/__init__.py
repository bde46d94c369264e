"""The Classic API: tasks, message queues, semaphores, events, partitions, regions, barriers, timers, object names."""
