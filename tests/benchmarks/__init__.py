"""Tests of benchmarks: each script at its smallest size."""
