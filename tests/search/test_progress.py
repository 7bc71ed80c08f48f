import pytest

from lesion_pipeline.search import progress
from lesion_pipeline.search.progress import Budget, Teller
from tests.search.tiny_search import params, record


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that have passed."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_time_left_by_trials_and_by_minutes(clock: list[float]) -> None:
    budget = Budget(trials=10, minutes=2, jobs=1)
    assert budget.left(0) == 120
    budget.ended()
    clock[0] = 10
    assert budget.left(done=4) == 60
    clock[0] = 100
    assert budget.left(done=4) == 20
    assert budget.in_time()
    clock[0] = 120
    assert not budget.in_time()


def test_no_limit_has_no_end(clock: list[float]) -> None:
    assert Budget(trials=None, minutes=None, jobs=1).left(3) is None


def test_what_is_told(clock: list[float]) -> None:
    said: list[str] = []
    teller = Teller(said.append, params(), Budget(trials=4, minutes=None, jobs=1))
    clock[0] = 30
    records = [record(0, 0.7), record(1, 0.8, same_as=0), record(2, 0.3, state="pruned")]
    failed = record(3, None, reason="diverged\nat epoch 2")
    teller.tell(records[0], records[:1])
    teller.tell(records[1], records[:2])
    teller.tell(records[2], records)
    teller.tell(failed, [*records, failed])
    assert said == [
        "trial 0 (1 of 4): 0.7000; best PR-AUC 0.7000 (trial 0); 1 min 30 s left",
        "trial 1 (2 of 4): 0.8000, as trial 0, which has the same values; "
        "best PR-AUC 0.7000 (trial 0); 30 s left",
        "trial 2 (3 of 4): 0.3000, pruned after 3 epochs; best PR-AUC 0.7000 (trial 0); 10 s left",
        "trial 3 (4 of 4): failed: diverged; best PR-AUC 0.7000 (trial 0); 1 s left",
    ]
