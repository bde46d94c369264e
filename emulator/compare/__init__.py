"""The same image here and on QEMU, instruction by instruction, up to the first difference."""
