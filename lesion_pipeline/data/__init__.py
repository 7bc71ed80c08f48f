"""From a source of images to the arrays a network reads."""
