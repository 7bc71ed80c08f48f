"""Print the headline metrics of the last run as a Markdown table.

python benchmarks/figures.py
"""

from typing import Any

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_json

HEADER = """\
| | images | malignant | ROC-AUC (95 % interval) | PR-AUC (95 % interval) | Brier score |
|---|---|---|---|---|---|"""


def main() -> None:
    """Print the scores of val and test, then the operating point."""
    scores = read_json(paths.METRICS / "evaluate.json")
    point = read_json(paths.METRICS / "threshold.json")
    print(HEADER)
    for split in ("val", "test"):
        row = scores[split]
        counts = f"{row['images']:,} | {row['malignant']:,}"
        aucs = f"{_with_interval(row, 'roc_auc')} | {_with_interval(row, 'pr_auc')}"
        print(f"| {split} | {counts} | {aucs} | {row['brier_score']:.3f} |")
    rates = point["test"]
    print(
        f"\nOperating point, chosen on val: threshold {point['threshold']:.4f}; "
        f"on test sensitivity {rates['sensitivity']:.3f}, specificity {rates['specificity']:.3f}"
    )


def _with_interval(scores: dict[str, Any], name: str) -> str:
    low, high = scores[f"{name}_interval"]
    return f"{scores[name]:.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
