"""Tests of lesion_pipeline.shards."""
