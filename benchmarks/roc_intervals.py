"""How often does the interval of a ROC-AUC contain the truth? Ours and the bootstrap's.

    python benchmarks/roc_intervals.py
    python benchmarks/roc_intervals.py --collections 3 --samples 20

Collections are drawn as HAM10000 is: a lesion has 1.34 images on average, and within a lesion
scores correlate by .7. Each has the numbers of malignant and benign lesions, and the true ROC-AUC,
of a row. `below` is the fraction of intervals that lie below the truth; `above`, those above.
"""

import argparse
from collections.abc import Iterator

import numpy as np
from scipy.stats import norm
from tqdm import tqdm

from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.bootstrap import (
    lesion_weights,
    percentile_interval,
    weighted_ranking,
)
from lesion_pipeline.statistics.roc_interval import roc_auc_interval

LESIONS = ((176, 945), (30, 270), (10, 60), (6, 44))  # malignant, benign
AREAS = (0.75, 0.9, 0.97)
SIZES = np.array([5514, 1423, 490, 34, 5, 4]) / 7470  # of HAM10000's lesions have 1, 2 .. 6 images
ALIKE = 0.7

Ends = tuple[float, float]
Scored = tuple[np.ndarray, np.ndarray, np.ndarray]  # labels, probabilities, lesions


def draw(generator: np.random.Generator, malignant: int, benign: int, area: float) -> Scored:
    """Draw the labels, probabilities and lesions of a collection's images."""
    lesions = malignant + benign
    images = generator.choice(np.arange(1, 1 + len(SIZES)), lesions, p=SIZES)
    lesion = np.repeat(np.arange(lesions), images)
    labels = (lesion < malignant).astype(np.int64)
    noise = ALIKE**0.5 * generator.normal(size=lesions)[lesion]
    noise += (1 - ALIKE) ** 0.5 * generator.normal(size=len(lesion))
    return labels, norm.cdf(2**0.5 * norm.ppf(area) * labels + noise), lesion


def bootstrap_interval(scored: Scored, resamples: Resamples) -> Ends:
    """Return the percentiles of a bootstrap of the lesions."""
    labels, probabilities, lesions = scored
    chunks = lesion_weights(lesions, resamples)
    areas = [weighted_ranking(labels, probabilities, weights)["roc_auc"] for weights in chunks]
    return percentile_interval(np.concatenate(areas))


def rows(collections: int, samples: int) -> Iterator[str]:
    """Yield a row of the table for each kind of collection and each interval."""
    for malignant, benign in LESIONS:
        for area in AREAS:
            generator = np.random.default_rng(1)
            found: dict[str, list[Ends]] = {"score": [], "bootstrap": []}
            name = f"{malignant} of {malignant + benign} malignant, {area}"
            for seed in tqdm(range(collections), desc=name, disable=None):
                scored = draw(generator, malignant, benign, area)
                found["score"].append(roc_auc_interval(*scored))
                resamples = Resamples(samples=samples, seed=seed)
                found["bootstrap"].append(bootstrap_interval(scored, resamples))
            for method, intervals in found.items():
                low, high = np.array(intervals).T
                yield (
                    f"{malignant:5d} {benign:5d}  {area:4.2f}  {method:9s}  "
                    f"{((low <= area) & (area <= high)).mean():.3f}  {(high < area).mean():.3f}  "
                    f"{(low > area).mean():.3f}  {(high - low).mean():.3f}"
                )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--collections", type=int, default=500)
    parser.add_argument("--samples", type=int, default=1000, help="of the bootstrap")
    asked = parser.parse_args()
    print("malig benign   area  interval  contain  below  above  width")
    for row in rows(asked.collections, asked.samples):
        print(row, flush=True)


if __name__ == "__main__":
    main()
