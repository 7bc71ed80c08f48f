"""Tests of lesion_pipeline.core."""
