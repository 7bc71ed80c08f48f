"""Tests of lesion_pipeline/planning."""
