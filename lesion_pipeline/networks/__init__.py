"""Build networks, give them their weights, save and load them."""
