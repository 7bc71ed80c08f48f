"""Score the predictions of val and test."""
