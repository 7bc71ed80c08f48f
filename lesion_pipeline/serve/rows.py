"""The rows of an output, as what they are written from needs them."""

from collections.abc import Callable, Iterator

from lesion_pipeline.serve.predict import Row

# From the number of rows that are written already to the rows after them.
RowsAfter = Callable[[int], Iterator[Row]]


def utf_8(text: str) -> bytes:
    """Encode text; a file name may hold bytes that aren't UTF-8, which are escaped."""
    return text.encode("utf-8", "backslashreplace")
