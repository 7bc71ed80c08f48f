"""Folders and files that an address such as s3://bucket/folder names, by fsspec."""
