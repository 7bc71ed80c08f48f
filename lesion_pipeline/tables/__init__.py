"""Read and check the tables that users give."""
