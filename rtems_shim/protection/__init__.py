"""Who may touch which byte, and the MPU regions that hold it so. Knows stacks and their owners, not threads."""
