"""Show which parts of an image a prediction rests on."""
