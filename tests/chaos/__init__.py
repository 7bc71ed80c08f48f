"""Kill, fill up and disturb `dvc repro`: whatever happens, the next one must build the same."""
