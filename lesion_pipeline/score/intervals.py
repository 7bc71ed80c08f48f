"""95 % intervals of a rate that is counted once."""

from scipy.stats import binomtest

from lesion_pipeline.score.bootstrap import LEVEL


def wilson_interval(successes: int, trials: int) -> list[float] | None:
    """Give the Wilson score interval [low, high], 0 to 1, of successes / trials.

    Unlike the textbook's it stays within 0 and 1 and has a width at 0 of n (Wilson 1927,
    J. Am. Stat. Assoc. 22:209-212). It takes each trial for independent: of images, several of
    one lesion, it is a little too narrow.

    Args:
        successes: 0 to `trials`.
        trials: 0 or more.

    Returns:
        The interval; None of no trials.

    Raises:
        ValueError: successes are not from 0 to trials.
    """
    if trials == 0 and successes == 0:
        return None
    interval = binomtest(successes, trials).proportion_ci(LEVEL, method="wilson")
    return [float(interval.low), float(interval.high)]
