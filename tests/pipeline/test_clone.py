"""What a fresh clone holds, before anything is run."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.commands import ROOT, clone, ran, run


def test_dvc_lock_is_fresh_in_a_clean_clone(tmp_path: Path) -> None:
    output = run(clone(tmp_path), "dvc", "repro", "--allow-missing", "--dry")
    assert ran(output) == [], "dvc.lock is stale: run `dvc repro` and commit dvc.lock"


@pytest.mark.slow
def test_the_page_of_plots_needs_no_network_and_shows_both_revisions(tmp_path: Path) -> None:
    folder = clone(tmp_path)
    curve = folder / "plots/evaluate/roc_val.csv"
    curve.write_text("false_positive_rate,true_positive_rate\n0.0,0.0\n0.12345,0.98765\n")
    page = run(folder, "dvc", "plots", "diff", "HEAD").strip().removeprefix("file://")
    html = Path(page).read_text()
    assert not re.search(r"<(script|link|iframe)[^>]*\s(src|href)=", html)
    assert not re.search(r"\{(scripts|plot_divs|refresh_tag)\}", html)
    assert all(f"/* {name}@" in html for name in ("vega", "vega-lite", "vega-embed"))
    found = re.search(r"var spec = (.*\"ROC curve, val\".*);", html)
    assert found is not None
    spec = json.loads(found[1])
    revisions = {point["rev"] for point in spec["data"]["values"]}
    assert revisions == {"HEAD", "workspace"}
    assert "0.98765" in {point["true_positive_rate"] for point in spec["data"]["values"]}
    curves = [layer["encoding"] for layer in spec["layer"] if "color" in layer.get("encoding", {})]
    assert set(curves[0]["color"]["scale"]["domain"]) == revisions
    kinds = ("ROC curve", "Precision-recall curve", "Calibration")
    for kind in (*kinds, "Confusion matrix at the chosen threshold"):
        assert all(f'"{kind}, {part}"' in html for part in ("val", "test"))


def test_the_artifact_that_dvc_yaml_declares_is_what_export_writes() -> None:
    entry = yaml.safe_load((ROOT / "dvc.yaml").read_text())
    (artifact,) = entry["artifacts"].values()
    assert artifact["path"] == entry["stages"]["export"]["outs"][0]
    assert artifact["type"] == "model" and "not for clinical use" in artifact["desc"]
