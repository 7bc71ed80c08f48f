"""The report: one HTML file, one module for each group of chapters."""
