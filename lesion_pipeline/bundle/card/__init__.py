"""The model card of a bundle, one module for each group of sections."""
