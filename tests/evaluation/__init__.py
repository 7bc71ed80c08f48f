"""Tests of lesion_pipeline.evaluation."""
