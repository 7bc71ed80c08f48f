"""Pictures of the collection's images."""
