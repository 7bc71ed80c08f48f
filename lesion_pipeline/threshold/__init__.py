"""Choose the operating point on val."""
