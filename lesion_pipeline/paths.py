"""Where stages leave what they exchange; only stages and the command line read this.

dvc.yaml states the same paths as deps and outs of the stages, and a test compares the two, so this
file itself is no dependency of a stage.
"""

from pathlib import Path
from typing import Final

RAW: Final = Path("data/raw")
IMAGES: Final = RAW / "images"
METADATA: Final = RAW / "metadata.csv"
COLLECTION: Final = RAW / "collection.json"
MASKS: Final = Path("data/masks")  # where the lesion is in generated images
EXTERNAL: Final = Path("data/external")  # a folder for each other collection
DOWNLOADS: Final = Path("data/downloads")  # unknown to DVC, which would empty it
EXTERNAL_DUPLICATES: Final = Path("data/audit/external_duplicates.csv")
SPLITS: Final = Path("splits")  # files that a user gives to the stage split
SPLIT: Final = Path("data/split/labels_binary_split.csv")
SPLIT_SUMMARY: Final = Path("data/split/split_metadata.json")
RECORDS: Final = Path("data/tfrecords")
BACKBONE: Final = Path("data/backbone")
EMBEDDINGS: Final = Path("data/embeddings")
MODEL: Final = Path("data/model")
HISTORY: Final = MODEL / "history.csv"
PREDICTIONS: Final = Path("data/predictions")
EVALUATION: Final = Path("data/evaluation")
SCORES: Final = EVALUATION / "evaluation.json"
CALIBRATED_CURVE: Final = EVALUATION / "calibrated_curve_test.csv"
CALIBRATOR: Final = Path("data/calibration/calibrator.json")
THRESHOLD: Final = Path("data/threshold/threshold.json")
THRESHOLD_RATES: Final = Path("data/threshold/rates_val.csv")
POLICIES: Final = Path("data/threshold/policies.csv")
VALIDATION: Final = Path("data/validation")
VALIDATED: Final = VALIDATION / "validation.json"
SUMMARY: Final = Path("data/summary")
EXPORT: Final = Path("data/export")
CLOSING: Final = Path("data/closing.txt")  # the lines with which `dvc repro` ends
PRINTED: Final = Path("data/printed.txt")  # the same, once they are printed
PICTURES: Final = Path("data/pictures")  # of images that aren't generated, if asked for
FIGURES: Final = Path("data/figures")  # charts and pictures as the report embeds them
AUDITED: Final = Path("data/audit/audit.json")
NEAR_DUPLICATES: Final = Path("data/audit/near_duplicates.csv")
FOCUS: Final = Path("data/explanation/focus.json")
EXPLAINED: Final = Path("data/explanation/examples.csv")
PARAMS: Final = Path("params.yaml")  # whole, as the report shows it
REPORT: Final = Path("data/report/report.html")

METRICS: Final = Path("metrics")  # ends of the flow: in git, read by people, by no stage
PLOTS: Final = Path("plots")  # likewise
LOGS: Final = Path("logs")
UNFINISHED: Final = LOGS / "unfinished"  # from where an interrupted training resumes
