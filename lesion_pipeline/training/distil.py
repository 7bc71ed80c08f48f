"""Self-distillation: one network learns from what members predict of images new to them.

After Furlanello and others 2018, Born-Again Neural Networks (arXiv:1805.04770); but a teacher
predicts each image by members that were not trained on it, as one that knows an image repeats its
label.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.inference.out_of_fold import out_of_fold
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.networks.manifest import TeacherFacts
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.training.checkpoint import Checkpoint
from lesion_pipeline.training.members import train_members
from lesion_pipeline.training.plan import Plan
from lesion_pipeline.training.single import train_one


def distil(plan: Plan, logs: Path, checkpoint: Checkpoint) -> tuple[TrainedNetwork, pd.DataFrame]:
    """Train members on folds of train, and one network on what they predict and on the labels.

    Neither saw val, which the network is scored on as any other.

    Args:
        plan: the network, its data and its parameters.
        logs: folder for TensorBoard, with folders of teacher and student.
        checkpoint: where the states are kept, likewise.

    Returns:
        The network, and its history; nothing of the members but facts.

    Raises:
        ModelError: training diverged.
        DataError: there are too few lesions for so many folds.
    """
    teacher, _ = train_members(plan, logs / "teacher", checkpoint.part("teacher"))
    student = replace(plan, taught=targets(plan, teacher))
    if student.embeddings.manifest.cut != "top" or plan.params.fine_tune.epochs:
        student = replace(student, backbone=plan.backbone.copy())
    print("one network, which learns from the members")
    network, history = train_one(student, logs / "student", checkpoint.part("student"))
    members = teacher.manifest.members
    if members is None:
        raise ModelError("a teacher has members")
    facts = TeacherFacts(weight=plan.params.teacher_weight, members=members)
    manifest = network.manifest.model_copy(update={"teacher": facts})
    return TrainedNetwork(network.model, manifest), history


def targets(plan: Plan, teacher: TrainedNetwork) -> NDArray[np.float64]:
    """Return what the network is to learn of each image of train (images, classes).

    The mean of the teacher's probabilities and of the label, by `teacher_weight`.
    """
    _, outputs = out_of_fold(teacher, plan.records, plan.embeddings, 1, cores())
    weight, objective = plan.params.teacher_weight, plan.objective
    certain = objective.certain(plan.division.trained["dx"])
    return weight * objective.by_class(outputs) + (1 - weight) * certain
