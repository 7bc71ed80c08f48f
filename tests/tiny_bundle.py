"""A bundle of the tiny collection, made by the functions of the pipeline from train to export.

Nothing is trained: the head keeps its seeded weights. The predictions are really the network's.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from lesion_pipeline.bundle.convert import convert
from lesion_pipeline.bundle.export import PipelineResults, export
from lesion_pipeline.bundle.formats import FORMATS, FormatName
from lesion_pipeline.bundle.params import ExportParams, FormatParams
from lesion_pipeline.bundle.verify import verify
from lesion_pipeline.evaluation.evaluate import evaluate
from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.params import Copies
from lesion_pipeline.inference.predict import predict
from lesion_pipeline.networks.manifest import BestEpoch, NetworkManifest
from lesion_pipeline.networks.network import NETWORK, Network, TrainedNetwork
from lesion_pipeline.networks.outputs import LAST, Target, output_names
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.scores.results import Validation
from lesion_pipeline.sources.collection import GENERATED, Collection
from lesion_pipeline.splitting.split import count
from lesion_pipeline.summary.summary import Findings, summary
from lesion_pipeline.tf.load import keras
from lesion_pipeline.threshold.tune_threshold import tune_threshold
from lesion_pipeline.training.head import assemble, count_trainable
from tests.small_params import EVALUATE, SUMMARY, THRESHOLD
from tests.tiny import AUGMENT, TRAIN, make_objective

EMBEDDED = EmbeddingManifest(
    cut="top", features="multilevel", shape=(), augmentations=0, augment=AUGMENT
)
SPREAD = 4  # factor of the last weights: of fresh ones all probabilities are nearly the same
EXPORT = ExportParams(
    name="tiny", formats=("keras",), max_probability_difference=1e-4, max_auc_drop=0.02,
    verified_images=30, calibration_images=16, seed=1,
)  # fmt: skip


def make_bundle(
    backbone: Network, records: Records, folder: Path, target: Target = "binary",
    tta: Copies = 1, formats: tuple[FormatName, ...] = ("keras",),
) -> Path:  # fmt: skip
    """Export `backbone` under an untrained head, into a folder in `folder`."""
    network = make_network(backbone, target, records.malignant)
    predictions = predict(network, records, EmbeddingStore(folder), tta, workers=2)
    results = make_results(predictions, records, network.manifest, tta)
    params = EXPORT.model_copy(update={"formats": formats})
    bundle = folder / "bundle"
    bundle.mkdir()
    network.save(folder)
    convert(folder / NETWORK, tta, records, bundle, params)
    threshold = results.operating_point.threshold
    reports = verify(bundle, params, records, predictions["val"], threshold)
    export(results, reports, bundle, params.name)
    return bundle


def make_results(
    predictions: dict[str, pd.DataFrame], records: Records, network: NetworkManifest, tta: Copies
) -> PipelineResults:
    """Score predictions of val and test as the stages evaluate, tune_threshold and summary do."""
    collection, malignant = make_collection(records), records.malignant
    outcome = evaluate(predictions["val"], predictions["test"], collection, EVALUATE)
    tuned = tune_threshold(predictions["val"], predictions["test"], THRESHOLD)
    curve = outcome.tables["calibrated_curve_test"]
    findings = Findings(
        predictions, collection, malignant, outcome.evaluation, tuned.point, curve
    )  # fmt: skip
    tables = summary(findings, SUMMARY).tables
    return PipelineResults(
        collection=Collection(
            source="sample", generated=True, malignant=malignant, images=len(collection),
            lesions=collection["lesion_id"].nunique(), attribution=GENERATED,
        ),
        counts=count(collection),
        records=records.manifest,
        network=network,
        tta=tta,
        evaluation=outcome.evaluation,
        calibrator=outcome.calibrator,
        operating_point=tuned.point,
        policies=tuned.policies,
        prevalence=tables["prevalence"],
        subgroups=tables["subgroups_test"],
        clinical=tables["clinical_test"],
        validation=Validation(collections={}),
    )  # fmt: skip


def make_network(backbone: Network, target: Target, malignant: tuple[str, ...]) -> TrainedNetwork:
    """Put a seeded, untrained head on a backbone; its outputs spread more than fresh weights do."""
    keras.utils.set_random_seed(1)
    model = assemble(backbone, EMBEDDED, TRAIN.head, make_objective(target))
    kernel = model.get_layer("head").get_layer(LAST).kernel
    kernel.assign(SPREAD * kernel)
    manifest = NetworkManifest(
        **dict(backbone.manifest),
        target=target,
        outputs=output_names(target),
        malignant=malignant,
        cut=EMBEDDED.cut,
        features=EMBEDDED.features,
        total_parameters=model.count_params(),
        trainable_parameters={"whole": count_trainable(model)},
        class_weights=make_objective(target).named_weights(),
        label_smoothing=make_objective(target).label_smoothing,
        best=BestEpoch(epoch=1, phase="whole", val_roc_auc=0.5, val_pr_auc=0.5),
        epochs=1,
    )
    return TrainedNetwork(model, manifest)


def make_collection(records: Records) -> pd.DataFrame:
    """Return the split of the tiny collection with a made-up age, sex and so on."""
    table = records.whole()
    number = np.arange(len(table))
    return table.assign(
        age=np.array([25.0, 50.0, np.nan, 75.0])[number % 4],
        sex=np.array(["female", "male"])[number % 2],
        localization=np.array(["back", "face", "foot"])[number % 3],
        dx_type="histo",
    )


def make_formats(bundle: Path, records: Records, formats: tuple[FormatName, ...]) -> FormatParams:
    """Write a bundle's network in more formats, of which its manifest knows nothing."""
    params = EXPORT.model_copy(update={"formats": formats})
    convert(bundle / FORMATS["keras"].file, 1, records, bundle, params)
    return EXPORT.model_copy(update={"formats": ("keras", *formats)})
