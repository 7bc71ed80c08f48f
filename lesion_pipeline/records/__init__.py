"""Decode each image once, into TFRecords."""
