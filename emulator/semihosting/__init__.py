"""Semihosting: what a program asks of its host."""
