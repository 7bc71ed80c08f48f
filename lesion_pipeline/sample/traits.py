"""What a generated lesion looks like, by diagnosis; invented, without medical meaning."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.sample.noise import stream

AMBIGUITY: Final = 0.25  # mean share of another diagnosis' look in a lesion's own
DROPPED: Final = 0.22  # part of the structures that a lesion lacks though its diagnosis has them
JITTER: Final = (0.5, 1.35)  # a lesion's traits are so many times those of its diagnosis


@dataclass(frozen=True)
class Traits:
    """How strongly a lesion shows each trait; 0 not at all, about 1 fully."""

    size: float = 0.5
    melanin: float = 0.5
    blood: float = 0.1
    sharp: float = 0.4
    ragged: float = 0.2
    uneven: float = 0.2  # pigment off centre
    variegated: float = 0.1  # patches of several colours
    network: float = 0.0
    patchy: float = 0.2  # structures in parts of the lesion only
    globules: float = 0.0
    dots: float = 0.0
    streaks: float = 0.0
    veil: float = 0.0
    scar: float = 0.0  # white patches anywhere
    heart: float = 0.0  # a white patch in the centre
    pearl: float = 0.0
    vessels: float = 0.0
    nests: float = 0.0
    ulcer: float = 0.0
    follicles: float = 0.0
    scale: float = 0.0
    milia: float = 0.0
    comedos: float = 0.0
    ridges: float = 0.0
    lacunae: float = 0.0


ALWAYS: Final = ("size", "melanin", "blood", "sharp", "ragged", "uneven", "variegated", "patchy")
TRAITS: Final = {
    "nv": Traits(
        size=0.42, melanin=0.62, blood=0.1, sharp=0.35, ragged=0.15, network=0.6, globules=0.35,
        variegated=0.15, uneven=0.15, dots=0.1,
    ),
    "mel": Traits(
        size=0.7, melanin=0.95, blood=0.2, sharp=0.6, ragged=0.75, uneven=0.8, variegated=0.9,
        network=0.5, patchy=0.9, globules=0.3, dots=0.7, streaks=0.6, veil=0.7, scar=0.4,
    ),
    "bkl": Traits(
        size=0.6, melanin=0.6, blood=0.1, sharp=0.85, ragged=0.45, uneven=0.3, variegated=0.3,
        network=0.1, patchy=0.4, milia=0.7, comedos=0.7, ridges=0.6, scale=0.15,
    ),
    "bcc": Traits(
        size=0.55, melanin=0.15, blood=0.4, sharp=0.3, ragged=0.35, uneven=0.4, variegated=0.25,
        patchy=0.6, scar=0.25, pearl=0.8, vessels=0.9, nests=0.6, ulcer=0.4,
    ),
    "akiec": Traits(
        size=0.6, melanin=0.2, blood=0.7, sharp=0.2, ragged=0.5, uneven=0.4, variegated=0.3,
        patchy=0.4, dots=0.1, follicles=0.8, scale=0.7, vessels=0.1, ulcer=0.15,
    ),
    "vasc": Traits(
        size=0.4, melanin=0.1, blood=0.7, sharp=0.8, ragged=0.25, uneven=0.2, variegated=0.1,
        lacunae=1.0, veil=0.1,
    ),
    "df": Traits(
        size=0.45, melanin=0.35, blood=0.2, sharp=0.15, ragged=0.15, uneven=0.15,
        network=0.5, heart=0.9, vessels=0.05,
    ),
}  # fmt: skip
MIMICS: Final = {
    "nv": ("mel", "mel", "bkl", "df", "bcc"),
    "mel": ("nv", "nv", "nv", "bkl"),
    "bkl": ("nv", "mel", "akiec", "bcc"),
    "bcc": ("akiec", "bkl", "nv", "vasc", "df"),
    "akiec": ("bkl", "bkl", "bcc", "nv"),
    "vasc": ("mel", "nv", "bcc"),
    "df": ("nv", "nv", "bcc"),
}


def draw_traits(lesion_id: str, dx: str, seed: int) -> Traits:
    """Draw a lesion's traits: those of its diagnosis, some of a look-alike, and chance.

    Raises:
        DataError: the diagnosis is unknown.
    """
    if dx not in TRAITS:
        raise DataError(f"unknown dx {dx!r}, expected one of {', '.join(DIAGNOSES)}")
    rng = stream(seed, lesion_id, dx, "traits")
    mimic = TRAITS[MIMICS[dx][rng.integers(len(MIMICS[dx]))]]
    # Most lesions are typical, some are all but their look-alike.
    share = float(rng.beta(1.0, 1.0 / AMBIGUITY - 1.0))
    return Traits(**{
        field.name: _drawn(rng, field.name, TRAITS[dx], mimic, share) for field in fields(Traits)
    })  # fmt: skip


def _drawn(rng: np.random.Generator, name: str, own: Traits, mimic: Traits, share: float) -> float:
    mean = (1 - share) * getattr(own, name) + share * getattr(mimic, name)
    kept = rng.random() >= DROPPED or name in ALWAYS
    return float(mean * rng.uniform(*JITTER) * kept)
