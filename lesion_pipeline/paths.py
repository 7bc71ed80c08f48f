"""Where stages leave what they exchange; only stages and the command line read this."""

from pathlib import Path
from typing import Final

RAW: Final = Path("data/raw")
IMAGES: Final = RAW / "images"
METADATA: Final = RAW / "metadata.csv"
EXTERNAL: Final = Path("data/external")  # a second collection, or empty
DOWNLOADS: Final = Path("data/downloads")  # unknown to DVC, which would empty it
SPLITS: Final = Path("splits")  # what a user gives to the stage split
SPLIT: Final = Path("data/split/labels_binary_split.csv")
SPLIT_METADATA: Final = Path("data/split/split_metadata.json")
RECORDS: Final = Path("data/tfrecords")
BACKBONE: Final = Path("data/backbone")
EMBEDDINGS: Final = Path("data/embeddings")
MODEL: Final = Path("data/model")
PREDICTIONS: Final = Path("data/predictions")
CALIBRATOR: Final = Path("data/calibration/calibrator.json")
THRESHOLD: Final = Path("data/threshold/threshold.json")
EXPORT: Final = Path("data/export")

METRICS: Final = Path("metrics")
PLOTS: Final = Path("plots")
LOGS: Final = Path("logs")
UNFINISHED: Final = LOGS / "unfinished"  # what an interrupted training goes on from
