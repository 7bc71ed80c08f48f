import threading
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.search.alone import alone


def test_a_second_one_is_refused_and_may_come_later(tmp_path: Path) -> None:
    lock = tmp_path / "deep/lock"
    with (
        alone(lock, "running already"),
        pytest.raises(DataError, match=r"^running already$"),
        alone(lock, "running already"),
    ):
        pass
    with alone(lock, "running already"):
        pass


def test_without_a_refusal_it_waits(tmp_path: Path) -> None:
    lock, order = tmp_path / "lock", []

    def second() -> None:
        with alone(lock):
            order.append("second")

    with alone(lock):
        other = threading.Thread(target=second)
        other.start()
        other.join(0.2)
        order.append("first")
    other.join()
    assert order == ["first", "second"]
