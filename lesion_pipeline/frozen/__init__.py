"""Run the frozen part of a network."""
