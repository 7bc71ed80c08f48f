"""Decode each image once and write TFRecords."""
