"""Figures by what they show: tables in, matplotlib figures out; no files, no global state."""
