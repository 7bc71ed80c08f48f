"""Metrics, intervals and curves from arrays: no files, no TensorFlow."""
