"""The manifest of TFRecords."""

from pathlib import Path

from lesion_pipeline.records.manifest import BadImage, RecordManifest, SplitRecords

MANIFEST = RecordManifest(
    image_size=64,
    resize="pad",
    malignant=("bcc", "mel"),
    splits={
        "train": SplitRecords(shards=("a", "b"), images=5, malignant=2),
        "val": SplitRecords(shards=("c",), images=2, malignant=1),
    },
    bad=(BadImage(image_id="I9", reason="no such file"),),
)


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    MANIFEST.write(tmp_path / "manifest.json")
    assert RecordManifest.read(tmp_path / "manifest.json") == MANIFEST


def test_images_of_all_splits_are_added_up() -> None:
    assert MANIFEST.images == 7
    assert MANIFEST.metrics() == {"images": 7, "bad": 1}
