"""Loops over many items: on all cores, and with a progress bar."""
