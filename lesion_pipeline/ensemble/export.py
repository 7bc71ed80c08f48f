"""The ensemble as one bundle: one network per format, in which each member is a layer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lesion_pipeline.bundle.convert import convert
from lesion_pipeline.bundle.export import PipelineResults, export
from lesion_pipeline.bundle.lineage import Ensemble
from lesion_pipeline.bundle.manifest import BundleManifest
from lesion_pipeline.bundle.params import ExportParams
from lesion_pipeline.bundle.verify import verify
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import whole_folder
from lesion_pipeline.ensemble.lineage import ExportedMember, lineage
from lesion_pipeline.ensemble.network import NAME, ensemble_network
from lesion_pipeline.ensemble.score import Ensembled
from lesion_pipeline.networks.archive import load_network, save_network
from lesion_pipeline.networks.manifest import NetworkManifest, WeightSource
from lesion_pipeline.networks.network import NETWORK
from lesion_pipeline.networks.outputs import Target, output_names
from lesion_pipeline.records.tfrecords import Records


@dataclass(frozen=True, eq=False)
class ToExport:
    """What becomes a bundle.

    Attributes:
        found: the ensemble.
        members: their bundles, in its order.
        command: which makes it again.
        params: name, formats and limits.
    """

    found: Ensembled
    members: Sequence[ExportedMember]
    command: str
    params: ExportParams


def export_ensemble(
    what: ToExport, results: PipelineResults, records: Records, target: Path
) -> BundleManifest:
    """Write the bundle, every format verified on val.

    Args:
        what: the ensemble.
        results: scores of the ensemble; its `network` is replaced.
        records: the images of the working tree.
        target: the folder.

    Raises:
        DataError: members take images of different sizes, or others than the working tree's.
        ModelError: a format can't be written or departs too far; see `verify`.
    """
    weights, found = what.found.choice.weights, what.found
    chosen = [member for member, weight in zip(what.members, weights, strict=True) if weight]
    _check_images(chosen, records)
    facts = Ensemble(
        average=found.recipe.average,
        weighting=found.recipe.weighting,
        members=lineage(what.members, weights),
        command=what.command,
    )
    ready = replace(results, network=_network_facts(what, chosen), ensemble=facts)
    with whole_folder(target) as folder:
        with TemporaryDirectory() as made:
            file = Path(made) / NETWORK
            save_network(_network(what), file)
            convert(file, 1, records, folder, what.params)
        threshold = results.operating_point.threshold
        reports = verify(folder, what.params, records, found.exported_val, threshold)
        return export(ready, reports, folder, what.params.name)


def _network(what: ToExport) -> Any:
    found = what.found
    with TemporaryDirectory() as read:
        networks = []
        for number, member in enumerate(what.members):
            file = Path(read) / f"{number}.keras"
            file.write_bytes(member.network)
            networks.append(load_network(file))
    return ensemble_network(
        networks,
        found.choice.weights,
        found.recipe.average,
        len(found.members.columns),
        found.recipe.malignant,
    )


def _check_images(members: Sequence[ExportedMember], records: Records) -> None:
    """Check that all take the images of the working tree."""
    here = records.manifest.image_size, records.manifest.resize
    for member in members:
        image = member.manifest.image
        if (image.size, image.resize) != here:
            raise DataError(
                f"{member.revision.name} takes images of {image.size} pixels ({image.resize}), "
                f"the working tree has {here[0]} ({here[1]}): one network takes images of one "
                "size, so this ensemble can be scored, but not exported: leave out --output"
            )


def _network_facts(what: ToExport, chosen: Sequence[ExportedMember]) -> NetworkManifest:
    networks = [member.manifest.network for member in chosen]
    first = networks[0]
    target: Target = "diagnosis" if len(what.found.members.columns) > 1 else "binary"
    names = ", ".join(member.revision.name for member in chosen)
    return NetworkManifest(
        arch=NAME,
        weights=WeightSource(requested=NAME, origin="members", source=names),
        image_size=first.image_size,
        stages=(),
        frozen=False,
        parameters=sum(network.parameters for network in networks),
        kernels=first.kernels,
        target=target,
        outputs=output_names(target),
        malignant=what.found.recipe.malignant,
        cut="input",
        features=first.features,
        total_parameters=sum(network.total_parameters for network in networks),
        trainable_parameters={},
        class_weights={},
        label_smoothing=0.0,
        best=max((network.best for network in networks), key=lambda best: best.val_pr_auc),
        epochs=sum(network.epochs for network in networks),
    )
