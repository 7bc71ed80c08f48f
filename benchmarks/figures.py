"""Print the headline figures of the last run as a Markdown table.

python benchmarks/figures.py
"""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_json


def main() -> None:
    """Print val and test."""
    print(
        "| | images | malignant | ROC-AUC (95 % interval) | PR-AUC (95 % interval) | Brier score |"
    )
    print("|---|---|---|---|---|---|")
    for split, of in read_json(paths.METRICS / "evaluate.json").items():
        roc, pr = (_figure(of, name) for name in ("roc_auc", "pr_auc"))
        print(
            f"| {split} | {of['images']:,} | {of['malignant']} | {roc} | {pr} "
            f"| {of['brier_score']:.3f} |"
        )
    point = read_json(paths.THRESHOLD)
    print(
        f"\nOperating point, chosen on val: threshold {point['threshold']:.4f}; "
        f"on test sensitivity {point['test']['sensitivity']:.3f}, "
        f"specificity {point['test']['specificity']:.3f}"
    )


def _figure(of: dict[str, float], name: str) -> str:
    low, high = of[f"{name}_interval"]  # type: ignore[misc]
    return f"{of[name]:.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
