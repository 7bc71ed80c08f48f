"""Score the network on other collections, as it was chosen on val."""
