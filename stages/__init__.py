"""One thin module per stage of dvc.yaml: load, read, compute, write, summarise."""

from lesion_pipeline.core.begin import begin

begin()
