"""Tests of lesion_pipeline.inference."""
