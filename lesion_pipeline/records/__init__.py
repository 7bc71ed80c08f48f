"""The decoded images in TFRecords: reading them, and what there is to know of them."""
