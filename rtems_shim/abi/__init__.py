"""What guest and kernel agree on: the calls and their numbers, layouts of structures, error and status codes."""
