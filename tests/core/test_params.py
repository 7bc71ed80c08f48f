"""The one reader of params.yaml."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import Field, ValidationError, model_validator

from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.core.params import Section, load_params, load_sections


class Rates(Section):
    first: float = Field(gt=0)


class Example(Section):
    number: int = Field(ge=1)
    rate: float
    rates: Rates
    either: int | str = 0


@pytest.fixture
def example(tmp_path: Path) -> Any:
    """Give a function that writes section `train` of these values and reads it as Example."""

    def read(**changes: Any) -> Example:
        values = {"number": 3, "rate": 0.5, "rates": {"first": 1.0}} | changes
        content = {key: value for key, value in values.items() if value is not None}
        (tmp_path / "params.yaml").write_text(yaml.safe_dump({"train": content}))
        return load_params("train", Example, tmp_path / "params.yaml")

    return read


def read_text(folder: Path, text: str, section: str = "train") -> Example:
    file = folder / "params.yaml"
    file.write_text(text)
    return load_params(section, Example, file)


@pytest.mark.parametrize("written", ["1e-05", "1e-5", "1.0e-5", "1.E-5", "0.00001", "+1e-5"])
def test_a_float_with_an_exponent_is_a_float(tmp_path: Path, written: str) -> None:
    text = f"train: {{number: 1, rate: {written}, rates: {{first: 1}}}}"
    assert read_text(tmp_path, text).rate == 0.00001


def test_a_name_that_looks_like_an_exponent_stays_a_name(tmp_path: Path) -> None:
    text = "train: {number: 1, rate: 1, rates: {first: 1}, either: e-5}"
    assert read_text(tmp_path, text).either == "e-5"


def test_an_int_may_stand_for_a_float(example: Any) -> None:
    assert example(rate=2).rate == 2.0


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"number": "3"}, "train.number: expected a valid integer, received '3' (str)"),
        ({"number": True}, "train.number: expected a valid integer, received True (bool)"),
        ({"number": 3.5}, "train.number: expected a valid integer, received 3.5 (float)"),
        ({"number": 0}, "train.number: expected greater than or equal to 1, received 0 (int)"),
        (
            {"number": None},
            "train.number: expected a value, received nothing (the key is missing)",
        ),
        ({"rate": "0.5"}, "train.rate: expected a valid number, received '0.5' (str)"),
        ({"rate": float("nan")}, "train.rate: expected a finite number, received nan (float)"),
        (
            {"rates": {"first": -1.0}},
            "train.rates.first: expected greater than 0, received -1.0 (float)",
        ),
        (
            {"rates": {}},
            "train.rates.first: expected a value, received nothing (the key is missing)",
        ),
        (
            {"rates": {"first": 1.0, "frist": 2.0}},
            "train.rates.frist: unknown key 'frist', expected one of first; did you mean first?",
        ),
        (
            {"nunber": 3},
            "train.nunber: unknown key 'nunber', expected one of number, rate, rates, either; "
            "did you mean number?",
        ),
        (
            {"zzz": 3},
            "train.zzz: unknown key 'zzz', expected one of number, rate, rates, either",
        ),
        (
            {"a[b": 3},
            "train.a[b: unknown key 'a[b', expected one of number, rate, rates, either",
        ),
    ],
)
def test_a_wrong_value_is_named(
    example: Any, tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ParamsError) as error:
        example(**changes)
    assert str(error.value) == f"{tmp_path / 'params.yaml'}: {problem}"


def test_a_value_of_neither_type_is_named_by_its_key(example: Any, tmp_path: Path) -> None:
    with pytest.raises(ParamsError) as error:
        example(either=[1])
    place = f"{tmp_path / 'params.yaml'}: train.either"
    assert str(error.value).splitlines() == [
        f"{place}: expected a valid integer, received [1] (list)",
        f"{place}: expected a valid string, received [1] (list)",
    ]


class Ordered(Section):
    low: int
    high: int

    @model_validator(mode="after")
    def _in_order(self) -> "Ordered":
        if self.low > self.high:
            raise ValueError(f"expected low up to high, received {self.low} and {self.high}")
        return self


class Pair(Section):
    inner: Ordered
    names: dict[str, int]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "{inner: {low: 2, high: 1}, names: {}}",
            "inner: expected low up to high, received 2 and 1",
        ),
        (
            "{inner: 3, names: {}}",
            "inner: expected keys and their values, received 3 (int)",
        ),
        ("{inner: {low: 1, high: 2}, names: [1]}", "names: expected a valid dict"),
    ],
)
def test_a_section_whose_values_do_not_fit_is_not_printed_whole(
    tmp_path: Path, text: str, problem: str
) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(f"pair: {text}")
    with pytest.raises(ParamsError) as error:
        load_params("pair", Pair, file)
    assert str(error.value).startswith(f"{file}: pair.{problem}")
    assert "{" not in str(error.value)


def test_all_wrong_values_are_named_at_once(example: Any) -> None:
    with pytest.raises(ParamsError) as error:
        example(number=0, rate="x", rates={"first": -1.0})
    assert len(str(error.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("split: {}", "section train is missing"),
        ("train:", "train: expected keys and their values, received None (NoneType)"),
        ("", "expected sections, received None"),
        ("- train", "expected sections, received ['train']"),
    ],
)  # fmt: skip
def test_a_missing_section_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ParamsError) as error:
        read_text(tmp_path, text)
    assert str(error.value) == f"{tmp_path / 'params.yaml'}: {problem}"


@pytest.mark.parametrize("content", [b"train: [1, 2", b"train:\n\tnumber: 1", b"train: \xe9\xff"])
def test_what_is_not_yaml_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "params.yaml"
    file.write_bytes(content)
    with pytest.raises(ParamsError, match=r"params\.yaml is not valid YAML: .+") as error:
        load_params("train", Example, file)
    assert "\n" not in str(error.value)


def test_a_missing_file_tells_where_to_stand(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    with pytest.raises(ParamsError) as error:
        load_params("train", Example, file)
    assert str(error.value) == f"{file} not found: run from the top folder of the repository"


def test_a_section_is_frozen(example: Any) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        example().number = 4


SECTIONS: dict[str, type[Section]] = {"split": Rates, "train": Rates}


def check(folder: Path, text: str) -> None:
    (folder / "params.yaml").write_text(text)
    load_sections(SECTIONS, folder / "params.yaml")


def test_a_file_whose_sections_are_all_valid_passes(tmp_path: Path) -> None:
    check(tmp_path, "split: {first: 1}\ntrain: {first: 2}")


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "split: {first: 1}\ntrian: {first: 2}",
            [
                "unknown section 'trian', expected one of split, train; did you mean train?",
                "section train is missing",
            ],
        ),
        (
            "split: {first: 0}\ntrain: {frist: 2}",
            [
                "split.first: expected greater than 0, received 0 (int)",
                "train.first: expected a value, received nothing (the key is missing)",
                "train.frist: unknown key 'frist', expected one of first; did you mean first?",
            ],
        ),
    ],
)
def test_every_wrong_section_is_named(tmp_path: Path, text: str, problems: list[str]) -> None:
    with pytest.raises(ParamsError) as error:
        check(tmp_path, text)
    place = f"{tmp_path / 'params.yaml'}: "
    assert str(error.value).splitlines() == [place + problem for problem in problems]
