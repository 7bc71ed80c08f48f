"""Predict the images of a split."""
