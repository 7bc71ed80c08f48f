"""Tests of lesion_pipeline.bundle."""
