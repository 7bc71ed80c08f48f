"""What README.md prints is what the committed results have."""

import json
import re

from tests.code_deps import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_printed_example_has_the_committed_scores() -> None:
    scores = json.loads((ROOT / "metrics/evaluate.json").read_text())
    for begin, split, end in (
        ("Val: ", scores["val"], "To choose by."),
        ("Test:", scores["test"], "For reporting only."),
    ):
        line = (
            f"{begin} ROC-AUC {split['roc_auc']:.3f}, PR-AUC {split['pr_auc']:.3f} "
            f"(n = {split['images']} images, {split['malignant']} malignant). {end}"
        )
        assert line in README
    trained = json.loads((ROOT / "metrics/train.json").read_text())
    assert f"{trained['arch']}, {trained['weights']['origin']} weights." in README


def test_links_lead_to_files() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
