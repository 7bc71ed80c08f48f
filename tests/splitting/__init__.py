"""Tests of lesion_pipeline.splitting."""
