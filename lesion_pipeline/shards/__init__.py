"""Heavy maps, cut into shards of work that any worker can make."""
