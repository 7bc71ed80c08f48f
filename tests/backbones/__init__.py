"""Tests of lesion_pipeline.backbones."""
