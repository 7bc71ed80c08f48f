"""The format `keras`: a whole Keras 3 model, for Python."""

import shutil
from pathlib import Path

import numpy as np

from lesion_pipeline.bundle.batching import Runtime, in_batches
from lesion_pipeline.bundle.exported import ExportedNetwork
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.networks.archive import as_function, load_network, save_network


def write(network: ExportedNetwork, target: Path) -> None:
    """Copy the model's file, or write the model with the same bytes for the same model."""
    if network.file is not None:
        shutil.copyfile(network.file, target)
    else:
        save_network(network.model, target)


def load(path: Path) -> Runtime:
    """Load a .keras file in safe mode; raises ModelError if that can't be done."""
    call = as_function(load_network(path))
    return in_batches(lambda images: np.asarray(call(images)), batch=16, workers=cores())
