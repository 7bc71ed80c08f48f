"""Build headless networks and load their weights."""
