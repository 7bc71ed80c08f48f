"""Tests of lesion_pipeline.gallery."""
