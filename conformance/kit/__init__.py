"""The conformance kit: runs the programs of this folder on any emulator, or on a part, and judges what they print.

It needs Python 3.11 and nothing else: ``python3 conformance --help`` from outside the folder.
"""
