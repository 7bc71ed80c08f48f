"""Tests of lesion_pipeline.networks."""
