"""Where the frozen part of a network ends, and its stored outputs."""
