"""Debug information, DWARF versions 2 to 5: source lines, inlined call chains, and how to unwind a frame.

Only what a report asks for is read, when it asks: one unit's line table, one function's frame description. Everything
read is bounds-checked, and ``cursor.Allowance`` keeps the total work in proportion to the sections' size, so damaged
sections end in ``cursor.DwarfError``, which ``debug_info`` turns into a warning and "unknown". Reached through elf.py.
"""
