"""Tests of lesion_pipeline.embedding."""
