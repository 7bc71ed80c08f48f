"""Tries many parameter sets on val: a space, a study, jobs, ties, repeats, and the winner."""
