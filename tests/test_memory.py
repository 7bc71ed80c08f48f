from lesion_pipeline.memory import resident


def test_memory_is_that_of_this_process() -> None:
    before = resident()
    assert 10e6 < before < 20e9
    kept = bytearray(b"x" * (200 << 20))
    assert resident() - before > 150 << 20
    del kept
