"""One thin module per stage of dvc.yaml: load, read, compute, write, summarise."""

from lesion_pipeline.core.kernels import choose_for_project

choose_for_project()  # before a stage imports numpy or TensorFlow
