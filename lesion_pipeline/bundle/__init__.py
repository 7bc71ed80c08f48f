"""The exported folder: its manifest, card, file formats and their verification."""
