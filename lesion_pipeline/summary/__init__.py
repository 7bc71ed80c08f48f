"""Compute what a reader looks at first: main figures, subgroups, mistakes."""
