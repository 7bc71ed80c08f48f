"""What a trial reads: made once for each set of values that `embed` depends on."""

import hashlib
import json
from pathlib import Path
from typing import Final

from lesion_pipeline.core.files import whole_folder
from lesion_pipeline.search.alone import alone
from lesion_pipeline.search.clones import run_dvc_until_unlocked, set_params
from lesion_pipeline.search.data_paths import DataPaths
from lesion_pipeline.search.space import STORED
from lesion_pipeline.search.tree import Tree
from lesion_pipeline.search.view import make_view

STAGE: Final = "embed"


def prepared(tree: Tree, clone: Path, views: Path, data: DataPaths) -> DataPaths:
    """Return the folders for a trial; what isn't there yet is made in a clone, by DVC.

    DVC runs the stages up to `embed` whose results its cache doesn't have.

    Args:
        tree: params.yaml of the trial.
        clone: the clone of this job.
        views: where the folders of all trials are.
        data: folders of a repository.

    Raises:
        DataError: a stage failed.
    """
    view = views / view_key(tree)
    with alone(views / f"{view.name}.lock"):
        if not view.is_dir():
            # Links what the cache has; what it lacks, the stages make.
            set_params(clone, tree)
            run_dvc_until_unlocked(clone, "repro", "-q", STAGE)
            with whole_folder(view) as folder:
                make_view(data.below(clone), data.below(folder))
    return data.below(view)


def view_key(tree: Tree) -> str:
    """Name what `embed` stores by all values that it depends on."""
    sections = json.dumps({name: tree[name] for name in STORED}, sort_keys=True)
    return hashlib.sha256(sections.encode()).hexdigest()[:16]
