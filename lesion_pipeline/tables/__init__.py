"""Read and check tables that users give."""
