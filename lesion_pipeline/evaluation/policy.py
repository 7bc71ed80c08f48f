"""The names of the policies by which a threshold is chosen; light, for readers of a bundle."""

from typing import Literal

Policy = Literal["target_sensitivity", "target_sensitivity_lower_bound", "youden", "cost", "fixed"]
