"""Random predictions with both classes and many ties."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

STEPS = 8  # probabilities are 0, 1/8, ... 1: exact, and few enough to be equal often


@st.composite
def predictions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities of 2 to 40 images."""
    rest = draw(st.lists(st.integers(0, 1), max_size=38))
    labels = np.array(draw(st.permutations([0, 1, *rest])), dtype=np.int64)
    steps = draw(st.lists(st.integers(0, STEPS), min_size=len(labels), max_size=len(labels)))
    return labels, np.array(steps, dtype=np.float64) / STEPS


@st.composite
def weighted_predictions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, probabilities and how often each image is in each of 1 to 5 resamples."""
    labels, scores = draw(predictions())
    shape = (draw(st.integers(1, 5)), len(labels))
    return labels, scores, draw(arrays(np.int64, shape, elements=st.integers(0, 3)))
