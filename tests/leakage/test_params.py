"""Section `audit`: its limits."""

import pytest

from lesion_pipeline.leakage.params import HASH_BITS, AuditParams


def test_a_hash_has_255_bits() -> None:
    assert HASH_BITS == 255


def test_limits_have_limits() -> None:
    AuditParams(hash_distance=0, similarity=1)
    AuditParams(hash_distance=255, similarity=0.01)
    for distance, similarity in ((-1, 0.4), (256, 0.4), (32, 0), (32, 1.01)):
        with pytest.raises(ValueError, match=r"hash_distance|similarity"):
            AuditParams(hash_distance=distance, similarity=similarity)
