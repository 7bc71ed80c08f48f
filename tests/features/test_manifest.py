"""The line that the stage prints of what was stored."""

from pathlib import Path

import pytest

from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.features.params import AugmentParams
from lesion_pipeline.networks.manifest import VectorSource

AUGMENT = AugmentParams(
    flips=True, quarter_turns=True, rotation_degrees=0, zoom=0, brightness=0, contrast=0
)
SOURCE = VectorSource(file="made.npz", sha256="ab", dims=4)


@pytest.mark.parametrize(
    ("shape", "vectors", "line"),
    [
        ((14, 14, 40), None, "cut: top, stored 14x14x40 per image, 2 augmented copies"),
        ((), None, "cut: top, stored nothing per image, 2 augmented copies"),
        ((4,), SOURCE, "vectors from elsewhere: made.npz, 4 numbers for each image, sha256 ab"),
    ],
)
def test_the_line(shape: tuple[int, ...], vectors: VectorSource | None, line: str) -> None:
    manifest = EmbeddingManifest(
        cut="top", features="last", shape=shape, augmentations=2, augment=AUGMENT, vectors=vectors
    )
    assert str(manifest) == line


def test_components_are_named_and_otherwise_left_out(tmp_path: Path) -> None:
    """A folder without them has the bytes that it had before there were any."""
    facts = {"cut": "top", "features": "last", "shape": (8,), "augmentations": 0}
    plain = EmbeddingManifest(**facts, augment=AUGMENT, components=None)
    reduced = EmbeddingManifest(**facts, augment=AUGMENT, components=8)
    plain.write(tmp_path / "plain.json")
    reduced.write(tmp_path / "reduced.json")
    assert "components" not in (tmp_path / "plain.json").read_text()
    assert EmbeddingManifest.read(tmp_path / "reduced.json") == reduced
    assert "stored 8 principal components of the features per image" in str(reduced)
