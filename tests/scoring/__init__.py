"""Tests of lesion_pipeline.scoring."""
