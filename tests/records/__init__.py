"""Tests of lesion_pipeline.records."""
