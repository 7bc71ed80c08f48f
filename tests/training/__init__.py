"""Tests of lesion_pipeline.training."""
