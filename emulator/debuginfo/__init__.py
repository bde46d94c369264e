"""Debug information: DWARF read lazily, and an index of what was read."""
