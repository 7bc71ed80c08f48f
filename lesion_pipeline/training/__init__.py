"""Train what follows the frozen part."""
