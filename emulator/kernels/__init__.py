"""Kernels inside unmodified images: their threads, read from guest memory by symbols and debug information."""
