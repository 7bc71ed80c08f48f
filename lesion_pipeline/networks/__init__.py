"""Networks as stages hand them on: a Keras file and what there is to know of it."""
