import numpy as np
import pytest
from pydantic import ValidationError

from lesion_pipeline.training.head import HeadParams, build_head, shift_logits
from lesion_pipeline.training.objective import Target

DEFAULT = HeadParams(units=(512, 256), dropout=(0.5, 0.5, 0.3), batch_norm_momentum=0.9)
SMALL = HeadParams(units=(3,), dropout=(0.0, 0.0), batch_norm_momentum=0.9)


def test_the_default_head_layer_by_layer() -> None:
    names = [type(layer).__name__ for layer in build_head(2048, DEFAULT, "binary").layers]
    assert names == [
        "InputLayer", "BatchNormalization", "Dropout", "Dense", "BatchNormalization", "Dropout",
        "Dense", "Dropout", "Dense",
    ]  # fmt: skip


def test_parameters_of_the_default_head_on_resnet50_features() -> None:
    batch_norm = 4 * 2048 + 4 * 512
    dense = 2048 * 512 + 512 + 512 * 256 + 256 + 256 + 1
    assert build_head(2048, DEFAULT, "binary").count_params() == batch_norm + dense == 1_190_913
    seven = build_head(2048, DEFAULT, "diagnosis")
    assert seven.count_params() == batch_norm + dense + 6 * 257


def test_odds_are_multiplied_exactly() -> None:
    head = build_head(4, SMALL, "binary")
    x = np.random.default_rng(0).normal(size=(20, 4))
    before = head.predict(x, verbose=0).astype(float)
    shift_logits(head, np.array([-np.log(4.1205)], np.float32))
    after = head.predict(x, verbose=0).astype(float)
    np.testing.assert_allclose(after / (1 - after), before / (1 - before) / 4.1205, rtol=1e-5)


@pytest.mark.parametrize(("target", "count"), [("binary", 1), ("diagnosis", 7)])
def test_a_head_says_probabilities(target: Target, count: int) -> None:
    said = build_head(4, SMALL, target)(np.random.default_rng(0).normal(size=(20, 4))).numpy()
    assert said.shape == (20, count) and said.dtype == np.float32
    assert ((said > 0) & (said < 1)).all()
    if count == 7:
        np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("units", "dropout", "message"),
    [
        ([8], [0.5], "expected one dropout rate before each dense layer and one at the end"),
        ([0], [0.5, 0.5], "expected units of at least 1"),
        ([8], [0.5, 1.0], "expected dropout rates from 0 to below 1"),
    ],
)
def test_a_head_that_does_not_fit_is_refused(
    units: list[int], dropout: list[float], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        HeadParams(units=units, dropout=dropout, batch_norm_momentum=0.9)  # type: ignore[arg-type]


def test_running_statistics_catch_up_as_fast_as_they_are_told() -> None:
    params = SMALL.model_copy(update={"batch_norm_momentum": 0.6})
    head = build_head(4, params, "binary")
    (norm,) = [layer for layer in head.layers if layer.name.startswith("batch_norm")]
    for _ in range(3):
        head(np.full((8, 4), 10.0, np.float32), training=True)
    np.testing.assert_allclose(norm.moving_mean, 10 * (1 - 0.6**3), rtol=1e-5)
