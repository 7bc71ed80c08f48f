"""A network that is loaded when the first image is explained."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.explanation.maps import Explainer
from lesion_pipeline.explanation.on_demand import ExplainerOnDemand, images_of
from lesion_pipeline.records.index import RecordIndex
from lesion_pipeline.records.tfrecords import Records
from tests import tiny
from tests.code_deps import ROOT

pytestmark = pytest.mark.slow

NOTHING_TO_EXPLAIN = """
import sys
from pathlib import Path
from lesion_pipeline.explanation.explain import Examples, ShownImages, explain, lesion_focus
from lesion_pipeline.explanation.on_demand import ExplainerOnDemand
from lesion_pipeline.records.index import RecordIndex
records, explainer = RecordIndex(Path(sys.argv[1])), ExplainerOnDemand(Path("none"), 1)
examples = Examples.choose(records.index("test").assign(probability=0.9), 0.5, 2)
shown = ShownImages(Path("none"), "squash", drawn=False)
print(explain(explainer, records, examples, shown))
print(lesion_focus(explainer, records, Path("none"), "squash"))
print({"tensorflow", "keras", "matplotlib"} & set(sys.modules))
"""


def test_without_an_image_to_explain_tensorflow_is_not_loaded(records: Records) -> None:
    command = [sys.executable, "-c", NOTHING_TO_EXPLAIN, str(records.folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("{}\nno image has a mask of its lesion\nset()\n", "")


def test_maps_are_those_of_the_network_in_the_folder(records: Records, tmp_path: Path) -> None:
    network = tiny.make_untrained(tiny.make_small_backbone())
    network.save(tmp_path)
    images = np.stack(list(records.images("val").take(2).as_numpy_iterator()))
    expected, found = Explainer(network, 1).explain(images), ExplainerOnDemand(tmp_path, 1)
    np.testing.assert_array_equal(found.explain(images).saliency, expected.saliency)
    np.testing.assert_array_equal(found.evidence(images), expected.evidence)


def test_only_the_wanted_images_are_kept(records: Records) -> None:
    every = list(records.images("val").as_numpy_iterator())
    found = images_of(RecordIndex(records.folder), "val", {1, 3})
    assert sorted(found) == [1, 3]
    np.testing.assert_array_equal(found[3], every[3])
    assert images_of(RecordIndex(Path("none")), "val", set()) == {}
