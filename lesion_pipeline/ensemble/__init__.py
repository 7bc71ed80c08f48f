"""Several revisions' networks as one: their mean, which of them, by which weights."""
