"""A whole search with DVC; what other tests cover without is in the tests of its parts."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.search.search import SearchRequest
from lesion_pipeline.search.winner import experiment_ref
from tests.commands import LESION, run

SPACE = """
search: {sampler: grid, repeats: 1, best: 1}
space:
  embed.augmentations: [1, 0]
  train.label_smoothing: [0, 0.1]
"""
SEARCH = ("search", "--space", "grid.yaml", "--jobs", "2")


@pytest.mark.slow
def test_a_search_with_two_jobs_ends_in_an_experiment(copied: Path) -> None:
    """Trials change what embed stores; none is lost, and nothing of the user's is changed."""
    (copied / "grid.yaml").write_text(SPACE)
    before = run(copied, "git", "status", "--short")
    said = run(copied, sys.executable, "-c", LESION, *SEARCH)
    assert run(copied, "git", "status", "--short") == before
    folder = copied / "logs/search/grid"
    table = pd.read_csv(folder / "trials.csv", index_col="trial")
    assert list(table["state"]) == ["complete"] * 4
    assert len(table[["embed.augmentations", "train.label_smoothing"]].drop_duplicates()) == 4
    number = table["seeds"].dropna().index[0]
    assert f"Best over its seeds: trial {number}" in said
    for name in ("history", "parallel", "importance"):
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert not [path for path in (folder / "views").rglob("*") if path.name.startswith("test")]

    name = f"grid-{number}"
    ref = experiment_ref(copied, name)
    assert ref is not None and name in run(copied, "dvc", "exp", "show", "--csv")
    scored = json.loads(run(copied, "git", "show", f"{ref}:metrics/evaluate.json"))["val"]
    for figure in ("pr_auc", "roc_auc", "log_loss"):
        assert scored[figure] == table.loc[number, f"val_{figure}"]
    predictions = pd.read_csv(folder / f"trials/{number}.csv")
    run(copied, "dvc", "exp", "apply", "-q", name)
    own = pd.read_csv(copied / "data/predictions/val.csv")
    pd.testing.assert_frame_equal(predictions, own, check_exact=True)

    run(copied, "git", "restore", ".")
    again = run(copied, sys.executable, "-c", LESION, *SEARCH)
    assert "trial 0 (" not in again and f"Best over its seeds: trial {number}" in again


def test_a_search_is_named_by_its_files() -> None:
    space = Path("presets/search.yaml")
    assert SearchRequest(space).called == "search"
    assert SearchRequest(space, preset=Path("presets/fast")).called == "fast-search"
    assert SearchRequest(space, name="mine").called == "mine"


def test_the_command_line_comes_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "search.yaml"
    path.write_text("search: {trials: 5, minutes: 3}")
    params = SearchRequest(path, trials=7).params()
    assert (params.trials, params.minutes) == (7, 3)
    path.write_text("search: {trials: five}")
    with pytest.raises(ParamsError, match=r"search.trials: expected a valid integer"):
        SearchRequest(path).params()
