"""Tests of lesion_pipeline.revisions."""
