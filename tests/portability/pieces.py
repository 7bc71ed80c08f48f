"""The pieces of the project whose bytes must be the same on every x86-64 processor with AVX2.

    python -m tests.portability.pieces                  # prints their hashes, a line of JSON each
    python -m tests.portability.pieces head after_cut   # of some
    python -m tests.portability.pieces --write          # into expected.json, after a wanted change

test_pieces.py compares them with expected.json; other_processors.py runs them on other processors.
"""

# ruff: noqa: E402
from lesion_pipeline.core import kernels

kernels.choose("portable")  # before numpy

import argparse
import io
import json
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import pandas as pd
from PIL import Image

from tests.portability.blocks import BLOCKS
from tests.portability.hashing import digest, floats, integers, photos

EXPECTED: Final = Path(__file__).with_name("expected.json")
Hashes = Iterator[tuple[str, str]]
LITE, SIZE, CUT, BATCH = "efficientnet_lite0", 64, 4, 8
STEPS: Final = 3


def picture() -> Hashes:
    """Draw a picture, write it as JPEG, and bring it to the network's square."""
    from lesion_pipeline.images import read_image
    from lesion_pipeline.sample.drawing import draw_sample_image

    pixels = draw_sample_image("portable", "mel", 1, 4)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90, subsampling=0)
    yield "pixels", digest(pixels)
    yield "jpeg", digest(file.getvalue())
    yield "square", digest(read_image(file.getvalue(), 224, "squash"))


def encodings() -> Hashes:
    """Put an image into records of each encoding, and take it out."""
    from lesion_pipeline.records.encoding import encoded, pixels

    image = photos(1, 224)[0]
    for name in ("png", "jpeg"):
        content = encoded(image, name)
        yield name, digest(content)
        yield f"{name}: pixels", digest(pixels(content, name, 224))


def embedding() -> Hashes:
    """Run the frozen part up to its first stages and to the top, as `embed` does."""
    from lesion_pipeline.frozen.frozen_part import FrozenPart
    from lesion_pipeline.networks.folding import folded
    from tests import tiny

    network, images = lite(), photos(6, SIZE)
    yield "folded", digest(*folded(network.model).get_weights())
    for cut in (CUT, "top"):
        outputs = FrozenPart(network, cut, "multilevel", 2).outputs([images[:5], images[5:]])
        yield f"{LITE} to {cut}", digest(np.concatenate(list(outputs)))
    small = FrozenPart(tiny.make_small_backbone(), "top", "multilevel", 1)
    yield "small network", digest(*small.outputs([images]))


def components() -> Hashes:
    """Fit principal components to features and compute them, as `embed` does."""
    from lesion_pipeline.embedding.components import fit_components

    features = floats(4, 300, 1500, low=0, high=2) ** 2
    found = fit_components([features], len(features), 64, 1)
    yield "fit", digest(found.factor, found.offset, found.axes)
    yield "projection", digest(found.of(features[:128]), found.of(features[128:131]))


def architectures() -> Hashes:
    """Run networks that others than the default take, from the image to the top."""
    from lesion_pipeline.frozen.frozen_part import FrozenPart
    from tests import tiny

    for arch in ("efficientnet_v2_s", "convnext_tiny", "densenet121"):
        fresh_names()
        part = FrozenPart(tiny.make_backbone(arch), "top", "multilevel", 2)
        yield arch, digest(*part.outputs([photos(2, SIZE)]))


def norm_and_gelu() -> Hashes:
    """Train layer normalisation, gelu and swish for a few steps, and score."""
    from lesion_pipeline.networks.outputs import LAST
    from lesion_pipeline.tf.load import keras
    from lesion_pipeline.training.head import probabilities

    seeded()
    maps = keras.Input((7, 7, 24))
    x = keras.layers.DepthwiseConv2D(7, padding="same")(maps)
    x = keras.layers.LayerNormalization(epsilon=1e-6)(x)
    x = keras.layers.Activation("gelu")(keras.layers.Dense(96)(x))
    x = keras.layers.Activation("swish")(keras.layers.Dense(24)(x))
    logits = keras.layers.Dense(7, name=LAST)(keras.layers.GlobalAveragePooling2D()(x))
    part = keras.Model(maps, probabilities(logits))
    yield from _trained("maps", part, floats(3, BATCH, 7, 7, 24, low=-2, high=2))


def augmented() -> Hashes:
    """Augment a batch, as `embed` and training do."""
    from lesion_pipeline.embedding.augment import augment, draw_plan
    from tests.tiny import AUGMENT

    yield "images", digest(augment(photos(4, SIZE), draw_plan(4, AUGMENT, [1])))


def head() -> Hashes:
    """Train the head for a few steps, and score."""
    from lesion_pipeline.core.params import load_params
    from lesion_pipeline.training.head import build_head
    from lesion_pipeline.training.params import TrainParams

    params, dims = load_params("train", TrainParams), 6176
    for target in ("diagnosis", "binary"):
        seeded()
        part = build_head(dims, params.head, target)
        yield from _trained(target, part, floats(2, 64, dims, low=0, high=3))


def after_cut() -> Hashes:
    """Train what follows the cut, on small maps, and score."""
    from lesion_pipeline.features.cut import trained_part
    from lesion_pipeline.training.head import assemble
    from tests.tiny import TRAIN, make_objective
    from tests.tiny_bundle import EMBEDDED

    network, stored = lite(), EMBEDDED.model_copy(update={"cut": CUT})
    seeded()
    whole = assemble(network, stored, TRAIN.head, make_objective("diagnosis"))
    part = trained_part(whole, network, CUT)
    yield from _trained("maps", part, floats(3, BATCH, *part.input.shape[1:], low=-2, high=2))


def _trained(name: str, part: Any, inputs: Any) -> Hashes:
    """Train `part` on one batch, several times, and yield losses, weights and outputs."""
    from lesion_pipeline.core.labels import MALIGNANT
    from lesion_pipeline.inference.run import run_network
    from lesion_pipeline.networks.folding import folded
    from lesion_pipeline.training.objective import Objective
    from lesion_pipeline.training.phases import make_optimizer
    from lesion_pipeline.training.trainer import Trainer, TrainingConfig
    from tests.tiny import TRAIN

    outputs, weights = part.output.shape[1], np.ones(max(2, part.output.shape[1]), np.float32)
    objective = Objective("binary" if outputs == 1 else "diagnosis", MALIGNANT, weights, 0.1)
    optimizer = make_optimizer(TRAIN.first_phase(), STEPS)
    trainer = Trainer(part, OneBatch(inputs, outputs), TrainingConfig(
        optimizer, objective.loss(), averaging=0.9, batch_parts=1,
    ))  # fmt: skip
    yield f"{name}: loss", digest(np.float64(trainer.epoch(0, iter)))
    yield f"{name}: state", digest(*trainer.state())
    yield f"{name}: outputs", digest(run_network(folded(part), iter([inputs]), 2))


class OneBatch:
    """The same batch in every step."""

    steps = STEPS

    def __init__(self, inputs: Any, outputs: int) -> None:
        """Add made-up truth and weights to the inputs."""
        found = integers(len(inputs), 4) % max(outputs, 2)
        truth = np.eye(7)[found] if outputs == 7 else found[:, None]
        weights = floats(5, len(inputs), low=0.5, high=2)
        self._batch = inputs, truth.astype(np.float32), weights

    def epoch(self, number: int) -> Iterator[Any]:
        """Return the batches of an epoch."""
        return iter([self._batch] * self.steps)

    def val(self) -> Iterator[Any]:
        """Return no batches."""
        return iter(())


def update() -> Hashes:
    """Update weights and their average from fixed gradients, compiled by XLA."""
    from lesion_pipeline.tf.load import keras, tf
    from lesion_pipeline.training.phases import make_optimizer
    from lesion_pipeline.training.trainer import Trainer, TrainingConfig
    from tests.tiny import TRAIN

    vector = keras.Input((33,))
    model = keras.Model(vector, keras.layers.Dense(7)(vector))
    model.set_weights([floats(14, 33, 7), floats(16, 7)])
    config = TrainingConfig(make_optimizer(TRAIN.first_phase(), STEPS), None, 0.9, 1)
    trainer = Trainer(model, OneBatch(floats(1, 4, 33), 7), config)
    for step in range(STEPS):
        trainer._compiled_apply([tf.constant(floats(20 + step, 33, 7)), floats(30 + step, 7)])
    yield "state", digest(*trainer.state())


def explanation() -> Hashes:
    """Compute evidence and saliency maps."""
    from lesion_pipeline.explanation.maps import Explainer
    from tests import tiny

    network = lite()
    seeded()
    maps = Explainer(tiny.make_untrained(network, "diagnosis"), 4).explain(photos(2, SIZE))
    for name in ("evidence", "saliency"):
        yield name, digest(np.round(getattr(maps, name), 5))  # drawn in 256 colours


def evaluation() -> Hashes:
    """Score fixed predictions, choose a threshold and summarise; the bytes of all files."""
    from lesion_pipeline.core.files import write_json, write_tables
    from lesion_pipeline.evaluation.evaluate import evaluate
    from lesion_pipeline.threshold.tune_threshold import tune_threshold
    from tests.small_params import EVALUATE, THRESHOLD

    tables, collection = predictions()
    for method in ("platt", "isotonic"):
        params = EVALUATE.model_copy(update={"calibration": method, "bootstrap_samples": 200})
        outcome = evaluate(tables["val"], tables["test"], collection, params)
        with TemporaryDirectory() as folder:
            write_tables(Path(folder), outcome.tables)
            outcome.evaluation.write(Path(folder) / "evaluation.json")
            write_json(Path(folder) / "calibrator.json", outcome.calibrator.model_dump(mode="json"))
            for name, hashed in files(Path(folder)):
                yield f"{method}: {name}", hashed
    found = tune_threshold(tables["val"], tables["test"], THRESHOLD)
    yield "threshold", digest(found.point.model_dump_json().encode())


def predictions() -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Make up predictions of val and test, and the collection with a train part."""
    from lesion_pipeline.core.digits import round_probabilities

    count = 300
    split, lesion = np.array(["train", "val", "test"])[np.arange(count) % 3], np.arange(count) // 6
    label = (integers(count, 1) % 4 // 3)[lesion]
    skilled = floats(2, count, low=0, high=0.8) + 0.2 * label
    table = pd.DataFrame(
        {
            "image_id": [f"I{number:03d}" for number in range(count)],
            "lesion_id": [f"L{number}{part}" for number, part in zip(lesion, split, strict=True)],
            "dx": np.where(label, "mel", "nv"),
            "label": label.astype(np.int64),
            "split": split,
            "age": 5.0 * (integers(count, 3) % 17),
            "sex": np.array(["female", "male"])[integers(count, 4) % 2],
            "localization": np.array(["back", "face", "foot"])[integers(count, 5) % 3],
            "dx_type": np.array(["histo", "follow_up"])[integers(count, 6) % 2],
            "probability": round_probabilities(skilled),
        }
    )
    parts = {name: table[split == name].reset_index(drop=True) for name in ("val", "test")}
    return parts, table


def formats() -> Hashes:
    """Export a network in every format; its files, and how near their runtimes come.

    An untrained network loses too much as int8, so this format is written alone.
    """
    from tests import tiny
    from tests.tiny_bundle import make_bundle, make_formats

    optional = ["onnx"] if find_spec("tf2onnx") else []
    names = ["keras", "tflite", "saved_model", "tflite_float16", *optional]
    with TemporaryDirectory() as folder:
        (Path(folder) / "made").mkdir()
        records = tiny.make_records(Path(folder))
        yield from files(records.folder, "records: ")
        bundle = make_bundle(lite(), records, Path(folder) / "made", formats=tuple(names))
        make_formats(bundle, records, ("tflite_int8",))
        yield from files(bundle)


def writers() -> Hashes:
    """Write a table, JSON and a figure, also as the report embeds it, and a picture."""
    from lesion_pipeline.charts.handed_on import hand_on
    from lesion_pipeline.charts.style import canvas
    from lesion_pipeline.core.files import write_csv, write_figures, write_json

    values = floats(9, 40, low=0, high=1).astype(np.float64)
    figure, axes = canvas("A curve", "x", "y")
    axes.plot(values, label="values")
    axes.fill_between(np.arange(40), values, alpha=0.3)
    axes.legend()
    with TemporaryDirectory() as folder:
        write_csv(Path(folder) / "table.csv", pd.DataFrame({"x": np.log1p(values)}))
        write_json(Path(folder) / "values.json", {"x": np.exp(values).tolist()})
        write_figures(Path(folder), {"figure": figure})
        picture, axes = canvas("A picture", "x", "y")
        axes.imshow(np.outer(values, values))
        hand_on(Path(folder) / "figures", {"chart": figure, "picture": picture})
        yield from files(Path(folder))


PIECES: Final[dict[str, Callable[[], Hashes]]] = {
    "picture": picture,
    "encodings": encodings,
    "augmented": augmented,
    "embedding": embedding,
    "components": components,
    "architectures": architectures,
    "norm_and_gelu": norm_and_gelu,
    "head": head,
    "after_cut": after_cut,
    "update": update,
    "explanation": explanation,
    "evaluation": evaluation,
    "formats": formats,
    "writers": writers,
}


def lite() -> Any:
    """Return EfficientNet-Lite0 with its ImageNet weights, for small images.

    Each piece gets a network of its own, because some train it.
    """
    from tests import tiny

    fresh_names()
    network = tiny.make_backbone(LITE)
    fresh_names()
    return network


def seeded() -> None:
    """Begin as `train` does."""
    from lesion_pipeline.tf.load import deterministic

    deterministic(1)


def fresh_names() -> None:
    """Let Keras number its layers anew, so that no name depends on the pieces before."""
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()


def files(folder: Path, prefix: str = "") -> Hashes:
    """Yield name and hash of every file in a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield f"{prefix}{path.relative_to(folder)}", digest(path.read_bytes())


def hashes(names: list[str]) -> Iterator[dict[str, str]]:
    """Yield the hashes of each piece and building block of these names; of none: of all."""
    for name, piece in (BLOCKS | PIECES).items():
        if not names or name in names:
            print(f"{name} ...", file=sys.stderr, flush=True)
            fresh_names()
            yield {f"{name}: {part}": hashed for part, hashed in piece()}


def main() -> None:
    """Print the hashes, or write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BLOCKS | PIECES)}; default: all")
    parser.add_argument("--write", action="store_true", help=f"write {EXPECTED.name}")
    parsed = parser.parse_args()
    everything = {}
    for found in hashes(parsed.names):
        everything |= found
        if not parsed.write:
            print(json.dumps(found), flush=True)
    if parsed.write:
        EXPECTED.write_text(json.dumps(everything, indent=2) + "\n")


def read(output: str) -> dict[str, str]:
    """Return the hashes from what `main` printed."""
    lines = [json.loads(line) for line in output.splitlines()]
    return {name: hashed for line in lines for name, hashed in line.items()}


if __name__ == "__main__":
    main()
