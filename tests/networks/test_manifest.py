"""What the metrics of train show of a network's manifest."""

from tests import tiny


def test_the_report_has_the_network_its_weights_and_its_training() -> None:
    report = tiny.make_manifest().report()
    assert list(report) == [
        "arch", "weights", "kernels", "target", "outputs", "cut", "features", "total_parameters",
        "trainable_parameters", "class_weights", "label_smoothing", "best", "epochs",
    ]  # fmt: skip
    assert report["weights"] == {
        "requested": "random", "origin": "random", "source": "made up", "fell_back": False
    }  # fmt: skip
    assert report["best"]["epoch"] == 1
