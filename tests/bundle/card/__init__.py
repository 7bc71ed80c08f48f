"""Tests of lesion_pipeline.bundle.card."""
