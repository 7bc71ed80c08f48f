"""Tests of lesion_pipeline.leakage."""
