"""Divide a collection into train, val and test by lesion."""
