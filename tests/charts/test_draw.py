"""All charts of the results: what they show, and that any result can be drawn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from lesion_pipeline.charts.draw import CONFUSION, CURVE_TABLES, ResultsToDraw, draw
from lesion_pipeline.core.digits import rounded
from lesion_pipeline.core.files import read_csv, write_figures, write_tables
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.evaluation.evaluate import evaluate
from lesion_pipeline.scores.results import Validation
from lesion_pipeline.summary.calibration_groups import calibration_groups
from lesion_pipeline.summary.flow import lesion_flow
from lesion_pipeline.summary.prevalence import shifted_calibration
from lesion_pipeline.summary.subgroups import Subgroups, subgroup_table
from lesion_pipeline.threshold.tune_threshold import tune_threshold
from tests.small_params import EVALUATE_ROWS as EVALUATE
from tests.small_params import THRESHOLD_ROWS as THRESHOLD

pytestmark = pytest.mark.slow

VAL = pd.DataFrame(
    {
        "image_id": ["1", "2", "3", "4", "5", "6", "7", "8"],
        "lesion_id": ["a", "a", "b", "c", "c", "d", "e", "f"],
        "dx": ["mel", "mel", "bcc", "nv", "nv", "nv", "df", "bkl"],
        "label": [1, 1, 1, 0, 0, 0, 0, 0],
        "probability": [0.875, 0.75, 0.0625, 0.5, 0.5, 0.25, 0.125, 0.0],
    }
)
TEST = pd.DataFrame(
    {
        "image_id": ["9", "10", "11"],
        "lesion_id": ["g", "h", "i"],
        "dx": ["nv", "mel", "nv"],
        "label": [0, 1, 0],
        "probability": [0.25, 0.75, 0.25],
    }
)
TRAIN = pd.DataFrame({"image_id": ["12", "13"], "lesion_id": ["j", "k"], "label": [0, 1]})
HISTORY = pd.DataFrame(
    {
        "epoch": [1, 2],
        "loss": [0.9, 0.5],
        "val_roc_auc": [0.6, 0.8],
        "val_pr_auc": [0.5, 0.7],
        "val_log_loss": [0.6, 0.5],
    }
)
GROUPS = Subgroups(age_bands=(30,), min_lesions_for_auc=2)  # more than test has
NAMES = [
    "calibration", "confusion_matrix", "decision", "distribution", "flow", "history",
    "operating_point", "precision_recall", "roc", "subgroups",
]  # fmt: skip


def traits(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(
        age=40.0, sex="male", localization="back", site="back", dx_type="histo", split="train"
    )


def results(val: pd.DataFrame = VAL, test: pd.DataFrame = TEST) -> ResultsToDraw:
    """What the stages evaluate, tune_threshold, summary and train make of these predictions."""
    collection = traits(pd.concat([TRAIN, val, test])).assign(
        split=["train"] * 2 + ["val"] * len(val) + ["test"] * len(test)
    )
    evaluated = evaluate(val, test, collection, EVALUATE)
    tuned = tune_threshold(val, test, THRESHOLD)
    return ResultsToDraw(
        evaluation=evaluated.evaluation,
        point=tuned.point,
        curves={name: evaluated.tables[name] for name in CURVE_TABLES},
        rates=tuned.rates,
        confusion={
            name: table for name, table in evaluated.tables.items() if name.startswith(CONFUSION)
        },
        subgroups=subgroup_table(traits(test), tuned.point.threshold, GROUPS),
        prevalences=shifted_calibration(evaluated.tables["calibrated_curve_test"], 1 / 3, [0.01]),
        calibration_groups=calibration_groups(traits(test), GROUPS, evaluated.evaluation.resamples),
        history=HISTORY,
        best_epoch=2,
        flow=lesion_flow(collection, {}, "a clinic", collection["lesion_id"].nunique()),
        validation=Validation(collections={}),
        external={},
    )


@pytest.fixture(scope="module")
def drawn() -> dict[str, Figure]:
    return draw(results())


def legends(figure: Figure) -> list[list[str]]:
    found = [*figure.legends, *(axes.get_legend() for axes in figure.axes)]
    return [[text.get_text() for text in legend.texts] for legend in found if legend]


def test_each_chart_can_be_written(drawn: dict[str, Figure], tmp_path: Path) -> None:
    write_figures(tmp_path, drawn)
    assert sorted(file.stem for file in tmp_path.iterdir()) == NAMES


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_charts_have_the_same_bytes_when_drawn_again(kind: str, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_figures(tmp_path / folder, draw(results()), kind)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_curves_of_val_and_test_share_a_chart(drawn: dict[str, Figure]) -> None:
    """.0625 is above one of five benign images, and the third of seven: (1 + 1 + 3/7) / 3."""
    (shown,) = legends(drawn["roc"])
    assert shown[0].startswith("val: 0.733 (") and shown[1].startswith("test: 1.000 (")
    assert shown[0].endswith("n = 8, malignant 3")
    assert shown[2:] == ["chance", "operating point, val", "operating point, test"]
    (shown,) = legends(drawn["precision_recall"])
    assert shown[0].startswith("val: 0.810 (") and shown[1].startswith("test: 1.000 (")
    assert shown[2:] == ["chance, val: 0.375", "chance, test: 0.333"]
    val, test = drawn["roc"].axes[0].get_lines()[:2]
    assert np.column_stack([val.get_xdata(), val.get_ydata()]).tolist()[-1] == [1, 1]
    assert test.get_ydata()[1] == 1  # test is ranked perfectly


def test_panels_of_calibration_distribution_and_decision(drawn: dict[str, Figure]) -> None:
    assert len(drawn["calibration"].axes) == 4
    assert legends(drawn["calibration"]) == [["val", "test", "perfect"], ["test", "perfect"]]
    assert legends(drawn["distribution"])[0] == ["benign (5)", "malignant (3)", "threshold: 0.375"]
    assert legends(drawn["decision"]) == [
        ["network", "calibrated on val", "treat all", "treat none"]
    ]


def test_confusion_counts_are_those_at_the_chosen_threshold(drawn: dict[str, Figure]) -> None:
    figure = drawn["confusion_matrix"]
    counts = [text.get_text().split("\n")[0] for axes in figure.axes for text in axes.texts]
    assert counts == ["3", "2", "1", "2", "2", "0", "0", "1"]  # tn, fp, fn, tp of val and test
    assert figure.get_suptitle() == "Confusion matrix at the threshold 0.375"


def test_diagnoses_are_drawn_if_the_network_predicts_them() -> None:
    seven = {dx: 0.0 for dx in DIAGNOSES} | {"nv": 1.0}
    figures = draw(results(VAL.assign(**seven), TEST.assign(**seven)))
    names = {"confusion_diagnoses_val", "confusion_diagnoses_test"}
    assert set(figures) - set(NAMES) == names
    assert figures["confusion_diagnoses_test"].get_suptitle().endswith("diagnosis, test, n = 3")


def test_what_needs_more_lesions_is_drawn_if_there_are_some() -> None:
    more = VAL.assign(image_id="t" + VAL["image_id"], lesion_id="t" + VAL["lesion_id"])
    figures = draw(results(test=more))
    names = {"calibration_groups", "calibration_subgroups", "calibration_prevalence"}
    assert set(figures) - set(NAMES) == names


def test_the_history_marks_the_epoch_that_was_kept(drawn: dict[str, Figure]) -> None:
    assert "kept: epoch 2" in legends(drawn["history"])[0]


def test_the_operating_point_is_marked(drawn: dict[str, Figure]) -> None:
    assert legends(drawn["operating_point"]) == [
        ["sensitivity", "specificity", "PPV", "NPV", "chosen: 0.375"]
    ]


def test_one_row_per_subgroup_that_has_images(drawn: dict[str, Figure]) -> None:
    table = results().subgroups
    table = table[table["images"] > 0]
    left = drawn["subgroups"].axes[0]
    assert [label.get_text() for label in left.get_yticklabels()] == table["value"].tolist()


@pytest.mark.parametrize("probability", [0.0, 0.5, 1.0])
def test_equal_probabilities_can_be_drawn(probability: float, tmp_path: Path) -> None:
    equal = results(VAL.assign(probability=probability), TEST.assign(probability=probability))
    write_figures(tmp_path, draw(equal))
    assert sorted(file.stem for file in tmp_path.iterdir()) == NAMES


def test_tables_that_went_through_files_give_the_same_charts(tmp_path: Path) -> None:
    """The stage draws what other stages wrote as CSV."""
    made = results()
    straight = replace(made, curves={name: t.map(rounded) for name, t in made.curves.items()})
    write_tables(tmp_path, {**straight.curves, "rates": straight.rates})
    curves = {name: read_csv(tmp_path / f"{name}.csv") for name in CURVE_TABLES}
    read = replace(straight, curves=curves, rates=read_csv(tmp_path / "rates.csv"))
    for folder, each in (("straight", straight), ("read", read)):
        figures = draw(each)
        names = ("roc", "calibration", "operating_point")
        write_figures(tmp_path / folder, {name: figures[name] for name in names})
    for file in (tmp_path / "straight").iterdir():
        assert file.read_bytes() == (tmp_path / "read" / file.name).read_bytes()
