"""Tests of lesion_pipeline.sources."""
