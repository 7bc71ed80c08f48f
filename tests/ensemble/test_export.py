"""Members of tiny bundles become one bundle, which `lesion predict` runs."""

from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.bundle.export import PipelineResults
from lesion_pipeline.bundle.formats import FORMATS
from lesion_pipeline.bundle.manifest import read_manifest
from lesion_pipeline.core.errors import BundleError, DataError
from lesion_pipeline.ensemble.export import ToExport, export_ensemble
from lesion_pipeline.ensemble.lineage import ExportedMember
from lesion_pipeline.ensemble.members import MemberPredictions
from lesion_pipeline.ensemble.score import Ensembled, Recipe, ensemble
from lesion_pipeline.explanation.files import load_explainer
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.predict import predict
from lesion_pipeline.networks.network import Network, TrainedNetwork
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.revisions.compare import Candidate
from lesion_pipeline.revisions.read import Revision
from lesion_pipeline.serve.load import load_bundle
from tests.small_params import THRESHOLD
from tests.tiny_bundle import EXPORT, make_bundle, make_results

pytestmark = pytest.mark.slow

WEIGHTS = (0.5, 0.5)


def exported(name: str, network: Network, records: Records, folder: Path, tta: int):  # type: ignore[no-untyped-def]
    """Export a tiny network; return its bundle as a member, and its predictions."""
    folder.mkdir()
    bundle = make_bundle(network, records, folder, "diagnosis", tta=tta)  # type: ignore[arg-type]
    trained = TrainedNetwork.load(folder)
    tables = predict(trained, records, EmbeddingStore(folder), tta, workers=1)  # type: ignore[arg-type]
    member = ExportedMember(
        revision=Revision(name, f"{name}-commit"),
        manifest=read_manifest(bundle),
        network=(bundle / FORMATS["keras"].file).read_bytes(),
        params={"predict.tta": str(tta), "train.seed": "1"},
        lock="ab" * 32,
    )
    tables = {**tables, "whole_val": tables["val"]}
    return member, Candidate(name, tables, 0.5, THRESHOLD)


def scored(found: Ensembled, records: Records) -> PipelineResults:
    return make_results(dict(found.predictions), records, None, tta=1)  # type: ignore[arg-type]


def test_an_ensemble_is_one_bundle(
    small_network: Network, records: Records, tmp_path: Path
) -> None:
    pairs = [
        exported("plain", small_network, records, tmp_path / "plain", tta=1),
        exported("turned", small_network, records, tmp_path / "turned", tta=4),
    ]
    members = MemberPredictions.aligned([candidate for _, candidate in pairs])
    found = ensemble(members, Recipe("logits", "equal", 1, records.malignant))
    what = ToExport(
        found=found,
        members=[member for member, _ in pairs],
        command="lesion ensemble plain-commit turned-commit",
        params=EXPORT.model_copy(update={"formats": ("keras", "tflite")}),
    )
    target = tmp_path / "ensemble"
    export_ensemble(what, scored(found, records), records, target)

    manifest = read_manifest(target)
    assert manifest.ensemble is not None
    assert [each.revision for each in manifest.ensemble.members] == ["plain", "turned"]
    assert [each.weight for each in manifest.ensemble.members] == [0.5, 0.5]
    assert manifest.ensemble.members[1].params == {"predict.tta": "4"}  # what differs, no more
    assert manifest.network.arch == "ensemble"
    assert set(manifest.formats) == {"keras", "tflite"}
    card = (target / "MODEL_CARD.md").read_text()
    assert "```sh\nlesion ensemble plain-commit turned-commit\n```" in card
    assert "| plain | plain-commit | 0.5 | simple_cnn | predict.tta=1 |" in card

    image = np.stack(list(records.images("test").as_numpy_iterator()))
    for runtime in ("keras", "tflite"):
        run = load_bundle(target, runtime).run
        wanted = found.predictions["test"][list(manifest.network.outputs)]
        np.testing.assert_allclose(run(image), wanted, atol=1e-5)
    with pytest.raises(BundleError, match="is an ensemble: maps are of one network"):
        load_explainer(target)


def test_members_that_take_other_images_are_named(
    small_network: Network, records: Records, tmp_path: Path
) -> None:
    member, candidate = exported("plain", small_network, records, tmp_path / "plain", tta=1)
    image = member.manifest.image.model_copy(update={"resize": "crop"})
    other = ExportedMember(
        Revision("cropped", "c"), member.manifest.model_copy(update={"image": image}),
        member.network, {}, "",
    )  # fmt: skip
    members = MemberPredictions.aligned([candidate, candidate])
    found = ensemble(members, Recipe("probabilities", "equal", 1, records.malignant))
    what = ToExport(found, [member, other], "lesion ensemble", EXPORT)
    wanted = r"cropped takes images of 64 pixels \(crop\), the working tree has 64 \(squash\): "
    with pytest.raises(DataError, match=wanted):
        export_ensemble(what, scored(found, records), records, tmp_path / "x")
    assert not (tmp_path / "x").exists()
