"""Compute once what the frozen part of a network gives for each image."""
