"""Import TensorFlow, quietly and with the same arithmetic everywhere."""
