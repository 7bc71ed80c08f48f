"""Tests of lesion_pipeline.preprocessing."""
