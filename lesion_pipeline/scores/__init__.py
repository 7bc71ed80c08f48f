"""What is asked of evaluate, tune_threshold and summary, and what they found, as types."""
