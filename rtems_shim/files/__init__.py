"""Files, the console, shared memory objects and mappings: what a descriptor or a mapping refers to."""
