"""Programs as they come: ELF, Intel HEX, raw binaries; their segments, symbols and lines."""
