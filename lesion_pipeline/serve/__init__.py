"""Using an exported bundle on new images."""
