"""What must have the same bytes on every processor, and a way to try it on others."""
