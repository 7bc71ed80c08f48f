"""How much disk each stage fills, by formula."""

from collections.abc import Mapping
from typing import Final

from lesion_pipeline.planning.workload import Workload

RECORD: Final = 200  # bytes in a record and in the index beside the pixels, about
# Bytes for a byte of pixels, of generated images at 224 pixels (benchmarks/encoding.py).
ENCODED: Final = {"raw": 1.0, "png": 0.47, "jpeg": 0.11}
DOWNLOADED: Final = ("dataverse", "isic", "kaggle")  # whose files stay in data/downloads, too
FILE: Final = 600_000  # bytes of a network's file beside its parameters
# Bytes for a parameter in each format.
FORMATS: Final = {
    "keras": 4.0, "tflite": 4.0, "saved_model": 4.2, "onnx": 4.0, "tflite_float16": 2.0,
    "tflite_int8": 1.1,
}  # fmt: skip
STATE: Final = 5  # copies of what is trained: weights, average, best, two of the optimiser
PICTURES: Final = 5_000_000  # of explore, draw and explain, and of the report with them


def disk_bytes(work: Workload, raw: int, records: int | None = None) -> Mapping[str, int]:
    """Return the bytes that each stage writes; stages that write less than 1 MB are left out.

    Args:
        work: what the work depends on.
        raw: bytes of the collection's image files.
        records: bytes of the records, if they are known; None: by the formula.
    """
    params, size = work.params, work.network
    square = 3 * params.preprocess.image_size**2
    by_formula = work.total * (square * ENCODED[params.preprocess.encoding] + RECORD)
    whole = size.whole + (work.members - 1) * size.trained
    exported = sum(FORMATS[name] * whole + FILE for name in params.export.formats)
    return {
        "fetch": raw * (1 + (params.fetch.source in DOWNLOADED)),
        "preprocess": round(by_formula) if records is None else records,
        "backbone": 4 * size.backbone + FILE,
        "embed": size.embeddings,
        "train": 4 * whole + FILE,
        "export": round(exported),
        "report": PICTURES,
    }


def unfinished_bytes(work: Workload) -> int:
    """Return the bytes of the state from which an interrupted training resumes."""
    return 4 * STATE * work.network.trained
