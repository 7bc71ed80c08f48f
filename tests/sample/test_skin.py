"""Skin and hair of the generated sample."""

import numpy as np

from lesion_pipeline.sample.lesion import Canvas
from lesion_pipeline.sample.noise import HEIGHT, WIDTH
from lesion_pipeline.sample.skin import HAIRY, grow_hair, grow_skin


def canvas(rgb: float = 0.0) -> Canvas:
    fields = [np.zeros((HEIGHT, WIDTH), np.float32) for _ in range(2)]
    return Canvas(*fields, (0.0, 0.0, 0.0), np.full((3, HEIGHT, WIDTH), rgb, np.float32))


def test_skin_has_pigment_and_blood_everywhere() -> None:
    bare = canvas()
    grow_skin(np.random.default_rng(1), bare)
    assert bare.blood.min() >= 0 and bare.blood.mean() > 0 and bare.melanin.mean() > 0
    assert all(0.5 < colour < 1.1 for colour in bare.base)


def test_skins_differ_in_their_tone() -> None:
    tones = []
    for seed in range(4):
        bare = canvas()
        grow_skin(np.random.default_rng(seed), bare)
        tones.append(round(float(bare.melanin.mean()), 3))
    assert len(set(tones)) == 4


def test_hair_is_dark_and_grows_on_some_images() -> None:
    changed = 0
    for seed in range(40):
        picture = canvas(0.9)
        grow_hair(np.random.default_rng(seed), picture)
        assert picture.rgb.max() <= 0.9001
        changed += bool((picture.rgb < 0.8).any())
    assert abs(changed / 40 - HAIRY) < 0.25
