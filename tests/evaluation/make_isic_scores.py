"""Score made-up predictions with the scoring code of the ISIC challenges, for test_isic.py.

In an environment of its own:

    pip install isic-challenge-scoring==5.6.0 "pandas<3"
    python tests/evaluation/make_isic_scores.py

It is no dependency of the tests: it calls what pandas 3 no longer has, and one package that it
needs has no wheel for Python 3.11.
"""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
from isic_challenge_scoring.classification import ClassificationMetric, ClassificationScore

TARGET = Path(__file__).with_name("isic_scores.json")
NAMES = ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"]
FREQUENCIES = [0.1, 0.1, 0.15, 0.05, 0.2, 0.35, 0.05]
IMAGES = 120


def stream(values: np.ndarray) -> io.StringIO:
    """Give a table of the challenge: image, then a column a class."""
    ids = pd.Series([f"ISIC_{number:07d}" for number in range(len(values))], name="image")
    return io.StringIO(pd.DataFrame(values, columns=NAMES, index=ids).to_csv())


def score(truth: np.ndarray, said: np.ndarray) -> ClassificationScore:
    """Score columns of 0 and 1 against probabilities."""
    metric = ClassificationMetric.BALANCED_ACCURACY
    return ClassificationScore.from_stream(stream(truth), stream(said), metric)


def main() -> None:
    """Draw predictions with three decimals, score them, write both."""
    generator = np.random.default_rng(1)
    actual = generator.choice(len(NAMES), IMAGES, p=FREQUENCIES)
    truth = np.eye(len(NAMES))[actual]
    logits = generator.normal(size=truth.shape) + 1.5 * truth
    said = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).round(3)
    found = score(truth, said)
    columns = ["accuracy", "sensitivity", "specificity", "ppv", "npv", "dice", "auc", "ap"]
    content = {
        "balanced_accuracy": found.aggregate.at["balanced_accuracy"],
        "per_class": found.per_category[columns].to_dict("index"),
        "actual": [NAMES[number] for number in actual],
        "probabilities": dict(zip(NAMES, said.T.tolist(), strict=True)),
    }
    TARGET.write_text(json.dumps(content) + "\n")


if __name__ == "__main__":
    main()
