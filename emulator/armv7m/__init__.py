"""The ARMv7-M architecture as data and plain functions (ARM DDI 0403E.e): no engine, no I/O, no host clock.

A section in square brackets, such as [B3.5.1], is a section of that manual.
"""
