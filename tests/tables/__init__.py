"""Tests of lesion_pipeline.tables."""
