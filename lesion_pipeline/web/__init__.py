"""A bundle behind HTTP: a page for people, and an API for programs."""
