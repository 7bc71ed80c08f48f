"""Which images a network is trained on and scored on."""

import numpy as np
import pandas as pd

from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.training.division import Division, folded_splits


def test_without_folds_train_is_trained_on_and_val_scored(records: Records) -> None:
    found = Division.of_splits(records)
    for rows, split in ((found.trained, "train"), (found.held_out, "val")):
        assert rows["image_id"].tolist() == records.index(split)["image_id"].tolist()
        assert set(rows["split"]) == {split} and rows["row"].tolist() == list(range(len(rows)))
    assert found.weighed is found.trained


def test_a_fold_is_scored_and_the_others_are_trained_on(records: Records) -> None:
    images = records.rows(folded_splits(distilled=False))
    assert set(images["split"]) == {"train", "val"}
    folds = np.arange(len(images)) % 3 + 1
    found = Division.of_fold(images, folds, 2)
    assert found.held_out["image_id"].tolist() == images["image_id"][1::3].tolist()
    both = pd.concat([found.trained, found.held_out])
    assert sorted(both["image_id"]) == sorted(images["image_id"])
    assert found.weighed is images
    assert found.trained.index.tolist() == list(range(len(found.trained)))


def test_a_student_leaves_val_alone() -> None:
    assert list(folded_splits(distilled=True)) == ["train"]
