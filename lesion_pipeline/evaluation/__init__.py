"""Numbers from arrays and tables: no files, no TensorFlow."""
