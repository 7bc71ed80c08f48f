"""How often are two equally good networks called different? By our verdicts and by McNemar's test.

    python benchmarks/verdicts.py
    python benchmarks/verdicts.py --ranking --collections 1500    # ROC-AUC and PR-AUC: quicker
    python benchmarks/verdicts.py --lesions 60 --collections 2 --samples 20

Collections are drawn as HAM10000 is: .16 of the lesions are malignant, a lesion has 1.34 images on
average, and within a lesion scores correlate by .7; ROC-AUC is about .92. The two networks see much
the same and are equally good. Each chooses its threshold on val for a sensitivity of .90, and they
are compared on test, of as many lesions. McNemar's test takes both thresholds for given.
"""

import argparse

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import binomtest
from tqdm import tqdm

from lesion_pipeline.core.labels import decide
from lesion_pipeline.revisions.compare import (
    NOISE,
    RANKING,
    RATES,
    Candidate,
    Comparison,
    compare,
    compare_ranking,
)
from lesion_pipeline.scores.params import CostParams, ThresholdParams
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.threshold.policies import choose

MALIGNANT, IMAGES, ALIKE, SEEN_BY_BOTH, APART = 0.16, 0.34, 0.7, 0.7, 2.0
RULE = ThresholdParams(
    policy="target_sensitivity",
    target_sensitivity=0.9,
    cost=CostParams(miss=1, false_alarm=1),
    fixed=0.5,
    report=(),
)


def tables(generator: np.random.Generator, lesions: int) -> list[pd.DataFrame]:
    """Draw a collection, and the predictions of two equally good networks for it."""
    lesion = np.repeat(np.arange(lesions), 1 + generator.poisson(IMAGES, lesions))
    labels = (np.arange(lesions) < MALIGNANT * lesions).astype(int)[lesion]

    def noise() -> np.ndarray:
        own = generator.normal(size=len(lesion))
        return np.sqrt(ALIKE) * generator.normal(size=lesions)[lesion] + np.sqrt(1 - ALIKE) * own

    seen = noise()
    drawn = []
    for _ in range(2):
        found = APART * labels + np.sqrt(SEEN_BY_BOTH) * seen + np.sqrt(1 - SEEN_BY_BOTH) * noise()
        table = {"image_id": np.arange(len(lesion)).astype(str), "lesion_id": lesion.astype(str)}
        drawn.append(pd.DataFrame({**table, "label": labels, "probability": expit(found - 2)}))
    return drawn


def networks(generator: np.random.Generator, lesions: int) -> list[Candidate]:
    """Return two equally good networks, with their predictions for val and test."""
    val, test = tables(generator, lesions), tables(generator, lesions)
    candidates = []
    for name, of_val, of_test in zip(("first", "second"), val, test, strict=True):
        labels, probabilities = of_val["label"].to_numpy(), of_val["probability"].to_numpy()
        threshold = choose(labels, probabilities, of_val["lesion_id"], RULE)
        candidates.append(Candidate(name, {"val": of_val, "test": of_test}, threshold, RULE))
    return candidates


def mcnemar(one: Candidate, two: Candidate, label: int) -> float:
    """Return McNemar's exact p-value for the images of a label in test."""
    right = [
        decide(table["probability"].to_numpy(), each.threshold)[table["label"] == label] == label
        for each in (one, two)
        for table in (each.predictions["test"],)
    ]
    gained, lost = int((right[1] & ~right[0]).sum()), int((right[0] & ~right[1]).sum())
    return float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0


def by_ranking(one: Candidate, two: Candidate, resamples: Resamples) -> dict[str, Comparison]:
    """Compare on test by ROC-AUC and PR-AUC, which need no thresholds."""
    first, second = (each.predictions["test"] for each in (one, two))
    labels, lesions = first["label"].to_numpy(), first["lesion_id"].to_numpy()
    probabilities = (table["probability"].to_numpy() for table in (first, second))
    return compare_ranking(labels, *probabilities, lesions, resamples)


def by_all(one: Candidate, two: Candidate, resamples: Resamples) -> dict[str, Comparison]:
    """Compare on test by all scores."""
    return compare(one, two, ["test"], resamples)["test"]


def main() -> None:
    """Print one row per number of lesions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lesions", type=int, action="append", help="default: 300 and 1121")
    parser.add_argument("--collections", type=int, default=400)
    parser.add_argument("--samples", type=int, default=400, help="resamples per comparison")
    parser.add_argument("--ranking", action="store_true", help="without thresholds and rates")
    parsed = parser.parse_args()
    scores = RANKING if parsed.ranking else (*RANKING, *RATES)
    comparison = by_ranking if parsed.ranking else by_all
    print("| lesions | collections | " + " | ".join(scores) + " | McNemar: " + ", ".join(RATES))
    print("|---" * (len(scores) + 3) + "|")
    for lesions in parsed.lesions or (300, 1121):
        called, tested = dict.fromkeys(scores, 0), dict.fromkeys(RATES, 0)
        for seed in tqdm(range(parsed.collections), unit="collection"):
            one, two = networks(np.random.default_rng([seed, lesions]), lesions)
            resamples = Resamples(samples=parsed.samples, seed=seed)
            found = comparison(one, two, resamples)
            for score in scores:
                called[score] += found[score]["verdict"] != NOISE
            for rate, label in RATES.items():
                tested[rate] += mcnemar(one, two, label) < 0.05
        shares = [f"{count / parsed.collections:.3f}" for count in (*called.values(),)]
        others = ", ".join(f"{count / parsed.collections:.3f}" for count in tested.values())
        print(f"| {lesions} | {parsed.collections} | {' | '.join(shares)} | {others} |", flush=True)


if __name__ == "__main__":
    main()
