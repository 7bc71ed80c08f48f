"""Draw the generated sample, which has no medical meaning."""
