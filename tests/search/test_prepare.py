from pathlib import Path

from lesion_pipeline.search.prepare import prepared, view_key
from lesion_pipeline.search.tree import with_values
from tests.search.tiny_search import base, data_paths


def test_only_what_embed_depends_on_makes_another_view() -> None:
    tree = base()
    assert view_key(with_values(tree, {"train.epochs": 1, "predict.tta": 4})) == view_key(tree)
    for key in ("preprocess.image_size", "model.seed", "embed.augmentations"):
        assert view_key(with_values(tree, {key: 7})) != view_key(tree)


def test_a_view_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    """There is no clone in which DVC could make it."""
    view = tmp_path / view_key(base())
    view.mkdir()
    found = prepared(base(), tmp_path / "no clone", tmp_path, data_paths())
    assert found == data_paths().below(view)
