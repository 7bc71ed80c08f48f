"""Each benchmark runs at its smallest size and prints its table."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lesion_pipeline.core.files import write_json
from lesion_pipeline.core.labels import CLASSES, SPLITS
from lesion_pipeline.core.params import load_params
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.splitting.params import SplitParams
from lesion_pipeline.splitting.summary import Counts, Merged, SplitSummary
from tests import tiny
from tests.code_deps import ROOT

FOLDER = ROOT / "benchmarks"
SCRIPTS = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".py", ".sh"))

# Of each script: the fixture with the folder that it runs in, its smallest size, and what it prints
# (a regular expression; spaces stand for any space).
SMALLEST = {
    "architectures.py": (
        "params",
        "--arch simple_cnn --size 32 --batch 2 --rounds 1",
        r"\| simple_cnn \| [\d,]+ \| 32 x 32 \| none( \| [\d.]+){3} \|",
    ),
    "augmentation.py": ("records_folder", "--images 2 --output sheet.png", r"^$"),
    "components.py": (
        "vectors",
        "--components 2 --components 4 --dropout 0.1",
        r"\| \d+ features \| 42 \|( [\d.]+ \|){4} \| 2 components .*\| 4 components .*\|$",
    ),
    "embed.py": (
        "params",
        "--arch simple_cnn --size 32 --images 4 --rounds 1 --cut top --cut 2",
        r"\| simple_cnn \| top( \| [\d.]+){3} \|.*\| simple_cnn \| 2( \| [\d.]+){3} \| \de-\d+ \|$",
    ),
    "encoding.py": (
        "collection",
        "--images 12 --rounds 1",
        r"\| raw \| [\d.]+ \| 1.00 (\| [\d.]+ ){4}\| 0.00 \| \| png (\| [\d.]+ ){6}\| 0.00 \| "
        r"\| jpeg (\| [\d.]+ ){6}\| [\d.]+ \|$",
    ),
    "evaluate.py": (
        "params",
        "--images 60",
        r"evaluate: [\d.]+ s tune_threshold: [\d.]+ s summary: [\d.]+ s validate: [\d.]+ s "
        r"draw: [\d.]+ s all:",
    ),
    "explanations.py": (
        "trained",
        "--images 2 --steps 2",
        r"\| random \|( -?[\d.]+ \|){3} \| \| HiResCAM, last stage \|.* \| SmoothGrad \|",
    ),
    "figures.py": (
        "metrics",
        "",
        r"\| val \| 1,500 \| 290 \| 0.946 \(0.931 to 0.960\) \| 0.837 \(0.784 to 0.880\)"
        r" \| 0.072 \|"
        r" \| test \| 20 \| 4 \| 0.750 \(0.500 to 1.000\) \| 0.625 \(0.250 to 0.875\) \| 0.125 \|"
        r" Operating point, chosen on val: threshold 0.1534;"
        r" on test sensitivity 0.750, specificity 0.875$",
    ),
    "ham10000.sh": (
        "project",
        "fast /somewhere",
        r"train.epochs=20 .*fetch.path=/somewhere` .*\| hello \| [\d.]+ \| [\d.]+ \| \d+ \|"
        r".*`presets/fast` .*\| test \| 20 \| 4 \| .*specificity 0.875$",
    ),
    "head_step.py": (
        "params",
        "--batch 8 --steps 2 --features 16",
        r"\| 8 \| [\d.]+ \| [\d.]+ \| [\d.]+ \|$",
    ),
    "head_trial.py": (
        "vectors",
        "--epochs 2 --rounds 1",
        r"\| anew \| 2( \| [\d.]+){2} \| \| kept \| 2( \| [\d.]+){2} \|"
        r" Predictions of val are the same\.$",
    ),
    "roc_intervals.py": (
        "params",
        "--collections 2 --samples 10",
        r"malig benign area interval contain below above width 176 945 0.75 score [\d.]+"
        r".* 6 44 0.97 bootstrap( [\d.]+){4}$",
    ),
    "overhead.py": (
        "project",
        "--without-dvc --rounds 1",
        r"\| import \|( [\d.]+ \|){5} \| inputs \|( [\d.]+ \|){5}$",
    ),
    "step_profile.py": (
        "params",
        "--size 64 --batch 8 --steps 1",
        r"\| convolutions \| [\d.]+ \| \d+% \| .*\| batch normalisation \| [\d.]+ \| [1-9]\d*% \|",
    ),
    "training_step.py": (
        "params",
        "--size 64 --batch 8 --steps 1 --rounds 1",
        r"\| head( \| [\d.]+){3} \| \| after_cut( \| [\d.]+){3} \|$",
    ),
    "predict.py": (
        "bundle",
        "--bundle bundle --images 2 --rounds 1",
        r"\| keras, files( \| [\d.]+){2} \| \d+% \|.*\| keras( \| [\d.]+){2} \|",
    ),
    "page.py": (
        "page_parts",
        "--bundle bundle --folder images --images 2",
        r"\| 2 \| \d+ \| 0\.0000\d \| 0\.0000\d+ \| 100\.0% \| [\d.]+ \|",
    ),
    "preprocess.py": (
        "params",
        "--images 28 --repeats 1",
        r"\| ours( \| [\d.]+){3} \| .*\| bound, Pillow .*ours against the bound \(b\): \d+%$",
    ),
    "reference.py": (
        "params",
        "--images 8 --size 32 --epochs 1 --arch efficientnet_lite0",
        r"\| plain, resnet50 .*\| ours, efficientnet_lite0( \| [\d.,]+){6} \|$",
    ),
    "scale.py": (
        "params",
        "--images 150 --stage preprocess",
        r"\| fetch \| [\d.]+ \| \d+ \|.*\| dvc repro, nothing to do \| [\d.]+ \|",
    ),
    "serve.py": (
        "bundle",
        "--bundle bundle --images 2 --seconds 1 --clients 2",
        r"\| lesion predict \| [\d.]+ \|.*\| lesion serve, 2 clients \|( [\d.]+ \|){3} 0 \|",
    ),
    "shards.py": (
        "params",
        "--images 48 --size 32 --rounds 1",
        r"\| preprocess( \| [\d.]+){3} \| \d+% \| \| embed( \| [\d.]+){3} \| \d+% \|$",
    ),
    "stages.py": (
        "project",
        "-S train.epochs=3",
        r"`dvc exp run -S train.epochs=3` .*\| hello \| .*\| all \| [\d.]+ \| \| \|$",
    ),
    "verdicts.py": (
        "params",
        "--lesions 60 --collections 2 --samples 20",
        r"\| 60 \| 2( \| [\d.]+){4} \| [\d.]+, [\d.]+ \|$",
    ),
}  # fmt: skip
FAST = ("figures.py",)
HELLO = """import yaml
assert yaml.safe_load(open("params.yaml"))["train"]["epochs"] in (3, 20)
"""


def small_metrics(folder: Path) -> None:
    val = {"images": 1500, "malignant": 290, "roc_auc": 0.9459, "roc_auc_interval": [0.931, 0.9604],
           "pr_auc": 0.837, "pr_auc_interval": [0.784, 0.88], "brier_score": 0.0716}  # fmt: skip
    test = {"images": 20, "malignant": 4, "roc_auc": 0.75, "roc_auc_interval": [0.5, 1.0],
            "pr_auc": 0.625, "pr_auc_interval": [0.25, 0.875], "brier_score": 0.125}  # fmt: skip
    resamples = {"samples": 2000, "seed": 42}
    write_json(folder / "metrics/evaluate.json", {"resamples": resamples, "val": val, "test": test})
    rates = {"sensitivity": 0.75, "specificity": 0.875}
    point = {"threshold": 0.15341, "val": {"sensitivity": 0.9}, "test": rates}
    write_json(folder / "metrics/threshold.json", point)


@pytest.fixture
def params(tmp_path: Path) -> Path:
    """A folder with nothing but the committed params.yaml."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    return tmp_path


@pytest.fixture
def metrics(tmp_path: Path) -> Path:
    """A folder with metrics of val and test."""
    small_metrics(tmp_path)
    return tmp_path


@pytest.fixture
def records_folder(params: Path, request: pytest.FixtureRequest) -> Path:
    """A folder with params.yaml and a few TFRecords."""
    (params / "data").mkdir()
    (params / "data/tfrecords").symlink_to(request.getfixturevalue("records").folder)
    return params


@pytest.fixture
def collection(params: Path) -> Path:
    """A folder with params.yaml, a few images and their split."""
    (params / "data/split").mkdir(parents=True)
    (params / "data/raw").mkdir()
    tiny.make_images(params / "data/raw/images").to_csv(
        params / "data/split/labels_binary_split.csv", index=False
    )
    each = dict.fromkeys(CLASSES, Counts(images=1, lesions=1))
    SplitSummary(
        params=load_params("split", SplitParams, ROOT / "params.yaml"), malignant=("mel",),
        counts=dict.fromkeys(SPLITS, each), positive_weight=1.0,
        merged=Merged(pairs=0, ids_gone=0), lesion_ids={},
    ).write(params / "data/split/split_metadata.json")  # fmt: skip
    return params


@pytest.fixture
def vectors(records_folder: Path) -> Path:
    """A folder with params.yaml, a few TFRecords, a backbone and its features of their images."""
    records = Records(records_folder / "data/tfrecords")
    backbone = tiny.make_small_backbone()
    tiny.make_embeddings(backbone, records, records_folder / "data/embeddings")
    (records_folder / "data/backbone").mkdir()
    backbone.save(records_folder / "data/backbone")
    return records_folder


@pytest.fixture
def trained(records_folder: Path) -> Path:
    """A folder with params.yaml, a few TFRecords and a small network."""
    (records_folder / "data/model").mkdir()
    tiny.make_untrained(tiny.make_small_backbone()).save(records_folder / "data/model")
    return records_folder


@pytest.fixture
def bundle(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder with a small bundle."""
    (tmp_path / "bundle").symlink_to(request.getfixturevalue("bundle_folder"))
    return tmp_path


@pytest.fixture
def page_parts(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder with a small bundle that has ONNX, and images."""
    if not (shutil.which("npm") and shutil.which("chromium")):
        pytest.skip("NOT TESTED: benchmarks/page.py, as there is no npm or no chromium")
    (tmp_path / "bundle").symlink_to(request.getfixturevalue("lite0_formats"))
    images = request.getfixturevalue("records").folder.parent / "images"
    (tmp_path / "images").symlink_to(images)
    return tmp_path


@pytest.fixture
def project(params: Path) -> Path:
    """A DVC project with one stage, the presets, the benchmarks and metrics."""
    for name in ("benchmarks", "presets"):
        shutil.copytree(ROOT / name, params / name)
    (params / "stages").mkdir()
    (params / "stages/__init__.py").touch()
    (params / "stages/hello.py").write_text(HELLO)
    stage = {"cmd": "python -m stages.hello", "params": ["train"]}
    (params / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"hello": stage}}))
    small_metrics(params)
    who = "-c user.name=test -c user.email=test@localhost"
    for command in ("git init -q", "dvc init -q", "git add .", f"git {who} commit -q -m project"):
        subprocess.run(command.split(), cwd=params, check=True)
    return params


def run(script: str, arguments: str, folder: Path) -> str:
    """Run a benchmark; return what it printed, with single spaces."""
    # ham10000.sh goes to the project that it lies in.
    path = (folder if (folder / "benchmarks").exists() else ROOT) / "benchmarks" / script
    command = ["sh"] if script.endswith(".sh") else [sys.executable]
    environment = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        [*command, str(path), *shlex.split(arguments)],
        cwd=folder, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


@pytest.mark.parametrize(
    "script",
    [pytest.param(name, marks=() if name in FAST else pytest.mark.slow) for name in SCRIPTS],
)
def test_a_benchmark_runs_at_its_smallest_size(script: str, request: pytest.FixtureRequest) -> None:
    fixture, arguments, printed = SMALLEST[script]
    folder = request.getfixturevalue(fixture)
    assert re.search(printed, run(script, arguments, folder))


@pytest.mark.slow
def test_the_sheet_of_augmentation_is_written(records_folder: Path) -> None:
    run("augmentation.py", "--images 2 --output sheet.png", records_folder)
    assert (records_folder / "sheet.png").read_bytes().startswith(b"\x89PNG")


def test_every_benchmark_has_a_smallest_size() -> None:
    assert sorted(SMALLEST) == SCRIPTS


def test_an_argument_too_few_is_told_by_ham10000() -> None:
    done = subprocess.run(
        ["sh", str(FOLDER / "ham10000.sh"), "fast"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr == "usage: benchmarks/ham10000.sh fast|best /absolute/path\n"
