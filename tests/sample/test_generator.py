import filecmp
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT
from lesion_pipeline.sample.generator import SHARES, SampleFolders, sample_table, write_sample
from lesion_pipeline.tables.metadata import check_images, read_metadata
from lesion_pipeline.tables.params import COLUMNS
from tests.code_deps import ROOT

pytestmark = pytest.mark.slow

HASHES = json.loads(Path(__file__).with_name("sample_hashes.json").read_text(encoding="utf-8"))
CHILD = """
import json
from numpy._core._multiarray_umath import __cpu_features__
from tests.sample.make_sample_hashes import hashes
print(json.dumps([hashes(), [name for name, there in __cpu_features__.items() if there]]))
"""
TABLE = sample_table(250, 42)
LESIONS = TABLE.drop_duplicates("lesion_id")


def test_the_size_of_the_default() -> None:
    assert len(LESIONS) == 250
    assert 320 <= len(TABLE) <= 380


def test_diagnoses_have_their_shares_of_the_lesions() -> None:
    counts = LESIONS["dx"].value_counts()
    assert set(counts.index) == set(DIAGNOSES) and counts.min() >= 2
    for dx, share in SHARES.items():
        assert counts[dx] / 250 == pytest.approx(share, abs=0.006)


def test_a_lesion_has_one_diagnosis_age_sex_and_site() -> None:
    for column in ("dx", "dx_type", "sex", "localization"):
        assert (TABLE.groupby("lesion_id")[column].nunique() == 1).all()
    assert (TABLE.groupby("lesion_id")["age"].nunique() <= 1).all()
    assert TABLE.groupby("lesion_id").size().max() in range(2, 5)


def test_facts_are_filled_as_in_ham10000() -> None:
    assert set(TABLE.loc[TABLE["dx"].isin(MALIGNANT), "dx_type"]) == {"histo"}
    benign = LESIONS[~LESIONS["dx"].isin(MALIGNANT)]
    assert (benign["dx_type"] == "histo").mean() == pytest.approx(0.42, abs=0.1)
    assert 1 <= TABLE["age"].isna().sum() <= 15
    ages = TABLE["age"].dropna()
    assert ages.between(0, 85).all() and (ages % 5 == 0).all()


def test_ids_cannot_be_taken_for_real_ones() -> None:
    assert TABLE["image_id"].str.startswith("SAMPLE_").all() and TABLE["image_id"].is_unique
    assert TABLE["lesion_id"].str.startswith("SAMPLE_").all()


def test_the_table_is_a_function_of_size_and_seed() -> None:
    assert sample_table(250, 42).equals(TABLE)
    assert not sample_table(250, 43).equals(TABLE)


def test_too_few_lesions_are_refused() -> None:
    with pytest.raises(
        DataError, match=r"fetch\.sample\.lesions: expected at least 14, received 9"
    ):
        sample_table(9, 1)


def numpy_features(beyond_avx2: bool) -> set[str]:
    """The instruction sets for which this numpy has code of its own: all, or those with AVX-512."""
    names = np._core._multiarray_umath.__cpu_dispatch__
    return {name for name in names if not beyond_avx2 or name.startswith(("AVX512", "X86_V4"))}


@pytest.mark.skipif(platform.machine().lower() not in ("x86_64", "amd64"), reason="x86-64 only")
@pytest.mark.parametrize("without", ["nothing", "AVX-512", "AVX2"])
def test_no_byte_depends_on_the_processor(without: str) -> None:
    """The hashes are committed, so that each machine is compared with the one that made them."""
    disabled = set() if without == "nothing" else numpy_features(without == "AVX-512")
    environment = os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(sorted(disabled))}
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    hashes, enabled = json.loads(done.stdout)
    assert not disabled & set(enabled)
    assert hashes == HASHES


@pytest.mark.slow
def test_no_byte_depends_on_the_number_of_processes(tmp_path: Path) -> None:
    for processes in (1, 2):
        folders = SampleFolders(tmp_path / str(processes), tmp_path / str(processes) / "masks")
        folders.masks.mkdir(parents=True)
        write_sample(folders, 14, 5, 90, processes)
    names = [path.relative_to(tmp_path / "1") for path in (tmp_path / "1").rglob("*.*")]
    assert len(names) >= 29
    same, different, missing = filecmp.cmpfiles(
        tmp_path / "1", tmp_path / "2", [str(name) for name in names], shallow=False
    )
    assert (len(same), different, missing) == (len(names), [], [])
    table = read_metadata(tmp_path / "1" / "metadata.csv")
    assert tuple(table.columns) == COLUMNS
    images = [path for path in (tmp_path / "1" / "images").iterdir()]
    check_images(table, {path.stem for path in images})
    assert len({path.read_bytes() for path in images}) == len(images)
    masks = {path.stem for path in (tmp_path / "1" / "masks").iterdir()}
    assert masks == {path.stem for path in images}
