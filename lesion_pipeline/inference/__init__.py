"""Predict the images of a split, and explain predictions."""
