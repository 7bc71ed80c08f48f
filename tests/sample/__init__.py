"""Tests of lesion_pipeline.sample."""
