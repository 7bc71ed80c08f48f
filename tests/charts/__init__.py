"""Tests of lesion_pipeline.charts."""
