"""The whole pipeline, driven by the real dvc."""
