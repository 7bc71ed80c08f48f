"""Two revisions of the repository side by side, read through DVC."""
