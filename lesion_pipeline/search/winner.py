"""The winner as an ordinary DVC experiment of the user's repository."""

from dataclasses import dataclass
from pathlib import Path

from lesion_pipeline.core.digits import rounded
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_json
from lesion_pipeline.revisions.git import git
from lesion_pipeline.search.clones import Snapshot, run_dvc_until_unlocked
from lesion_pipeline.search.record import Figures

VAL = "val"


@dataclass(frozen=True)
class Experiment:
    """What is to become an experiment.

    Attributes:
        name: of the experiment.
        options: of `dvc exp run`: -S key=value, and so on.
        figures: of val, as the trial had them.
    """

    name: str
    options: tuple[str, ...]
    figures: Figures


def experiment_ref(root: Path, name: str) -> str | None:
    """Return the git ref of an experiment, or None."""
    refs = git(root, "for-each-ref", "--format=%(refname)", "refs/exps").splitlines()
    return next((ref for ref in refs if ref.split("/")[-1] == name), None)


def make_experiment(
    wanted: Experiment, snapshot: Snapshot, clone: Path, downloads: Path, scores: Path
) -> None:
    """Run the pipeline with the winner's values in a clone, and hand the experiment over.

    Args:
        wanted: the winner.
        snapshot: of the repository; the experiment belongs to its commit.
        clone: where to run.
        downloads: as in Snapshot.clone.
        scores: what `evaluate` writes, relative to the repository.

    Raises:
        DataError: a stage failed, or the figures of val aren't those of the trial.
    """
    if experiment_ref(snapshot.root, wanted.name) is not None:
        return
    snapshot.clone(clone, downloads)
    run_dvc_until_unlocked(clone, "exp", "run", "-q", "-n", wanted.name, *wanted.options)
    ref = experiment_ref(clone, wanted.name)
    if ref is None:
        raise DataError(
            f"DVC made no experiment {wanted.name} in {clone}: nothing differs from HEAD"
        )
    check_same(read_json(clone / scores)[VAL], wanted)
    git(snapshot.root, "fetch", "-q", str(clone), f"+{ref}:{ref}")


def check_same(scored: dict[str, object], wanted: Experiment) -> None:
    """Refuse an experiment whose figures of val are not the trial's, in all digits that are kept.

    Raises:
        DataError: a figure differs.
    """
    for name, value in wanted.figures.items():
        if scored[name] != rounded(value):
            raise DataError(
                f"{wanted.name}: val {name} is {scored[name]}, and {rounded(value)} in the trial; "
                "was the trial run on another machine, with native kernels?"
            )
