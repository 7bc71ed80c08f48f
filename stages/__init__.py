"""One thin module per stage of dvc.yaml: load, read, compute, write, summarise."""
