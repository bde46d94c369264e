"""A program on a machine from its files to its result: what the command, the library and the test runner share."""
