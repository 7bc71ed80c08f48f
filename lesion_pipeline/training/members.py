"""Train several networks on folds of the images, or with several seeds, and join them into one."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from lesion_pipeline.features.cut import part_before, trained_part
from lesion_pipeline.inference.pieces import untouched_up_to
from lesion_pipeline.networks.manifest import MemberFacts
from lesion_pipeline.networks.members import averaged
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.splitting.folds import fold_of_images
from lesion_pipeline.training.checkpoint import Checkpoint
from lesion_pipeline.training.division import Division, folded_splits
from lesion_pipeline.training.plan import Plan
from lesion_pipeline.training.single import train_one
from lesion_pipeline.training.spread import mean_epoch, members_of


@dataclass(frozen=True, eq=False)
class MemberPlan:
    """One of several trainings.

    Attributes:
        fold: the fold that it is scored on; 0: val, as there are no folds.
        plan: with its own images and its own seed.
    """

    fold: int
    plan: Plan


def train_members(
    plan: Plan, logs: Path, checkpoint: Checkpoint
) -> tuple[TrainedNetwork, pd.DataFrame]:
    """Train a member for each fold and seed, one after the other, and average them.

    What an interrupted training has finished is not trained again.

    Args:
        plan: the network, its data and its parameters.
        logs: folder for TensorBoard, with a folder for each member.
        checkpoint: where the states are kept, with a folder for each member.

    Returns:
        The network of all members, with the folds if there are any; and the histories one after
        the other, in the column member their number from 1.

    Raises:
        ModelError: training diverged.
        DataError: there are too few lesions for so many folds.
    """
    turns, folds = member_plans(plan)
    stored = plan.embeddings.manifest
    if folds is not None and stored.augmentations and not stored.augmented_val:
        print("images of val have no augmented copies; embed.augment_val stores them")
    if not checkpoint.folder.exists():
        shutil.rmtree(logs, ignore_errors=True)  # TensorBoard would draw runs as one
    trained = []
    for number, turn in enumerate(turns, start=1):
        where = f"fold {turn.fold}" if turn.fold else "val"
        print(f"member {number} of {len(turns)}, scored on {where}, seed {turn.plan.params.seed}")
        name = f"member-{number}"
        trained.append(train_one(turn.plan, logs / name, checkpoint.part(name)))
    networks = [network for network, _ in trained]
    histories = [table.assign(member=number) for number, (_, table) in enumerate(trained, start=1)]
    history = pd.concat(histories, ignore_index=True)
    return join(plan, turns, networks, folds), history[["member", *histories[0].columns[:-1]]]


def member_plans(plan: Plan) -> tuple[list[MemberPlan], pd.DataFrame | None]:
    """Return the trainings in the order of folds and seeds, and the fold of each image.

    Raises:
        DataError: there are too few lesions for so many folds.
    """
    params, divisions, table = plan.params, {0: plan.division}, None
    if params.folds > 1:
        images = plan.records.rows(folded_splits(params.teacher is not None))
        number = fold_of_images(images, params.folds, params.seed)
        table = images[["image_id"]].assign(fold=number)
        folds = range(1, params.folds + 1)
        divisions = {fold: Division.of_fold(images, number, fold) for fold in folds}
    turns = [
        MemberPlan(fold, _with_seed(replace(plan, part=division), seed))
        for fold, division in divisions.items()
        for seed in range(params.seed, params.seed + params.seeds)
    ]
    return turns, table


def _with_seed(plan: Plan, seed: int) -> Plan:
    """Return the plan of a member; its backbone is its own, as training changes layers."""
    params = plan.params.model_copy(update={"seed": seed})
    shared = plan.embeddings.manifest.cut == "top" and not params.fine_tune.epochs
    return replace(plan, params=params, backbone=plan.backbone if shared else plan.backbone.copy())


def join(
    plan: Plan,
    turns: Sequence[MemberPlan],
    networks: Sequence[TrainedNetwork],
    folds: pd.DataFrame | None,
) -> TrainedNetwork:
    """Make one network of trained members.

    Args:
        plan: of the whole training.
        turns: how each member was trained.
        networks: the members.
        folds: image_id and fold of each image; None: there are no folds.
    """
    manifests = [network.manifest for network in networks]
    cuts = [untouched_up_to(manifest) for manifest in manifests]
    cut = "input" if "input" in cuts else cuts[0]
    parts = [trained_part(network.model, network, cut) for network in networks]
    model = averaged(part_before(networks[0].model, networks[0], cut), parts, manifests[0].arch)
    members = tuple(
        MemberFacts(
            fold=turn.fold, seed=turn.plan.params.seed, best=found.best, epochs=found.epochs
        )
        for turn, found in zip(turns, manifests, strict=True)
    )
    trained = pd.DataFrame([found.trainable_parameters for found in manifests]).sum()
    facts = {
        "total_parameters": model.count_params(),
        "trainable_parameters": {str(phase): int(count) for phase, count in trained.items()},
        "best": mean_epoch([found.best for found in manifests]),
        "epochs": sum(found.epochs for found in manifests),
        "members": members_of(members, plan.params.folds, plan.params.seeds),
    }
    return TrainedNetwork(model, manifests[0].model_copy(update=facts), folds)
