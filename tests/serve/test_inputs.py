from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.serve.inputs import check_there, expand, find_images, read_list


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files whose names are all that counts; the working folder is theirs."""
    names = ("b.jpg", "a.PNG", "notes.txt", "in/c.jpeg", "in/deep/d.jpg", "x[1].jpg", "d.jpg/e.jpg")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "recursive", "found"),
    [
        (["b.jpg", "a.PNG", "b.jpg"], False, ["b.jpg", "a.PNG", "b.jpg"]),
        (["none.jpg"], False, ["none.jpg"]),
        (["notes.txt"], False, ["notes.txt"]),
        (["x[1].jpg"], False, ["x[1].jpg"]),
        (["."], False, ["a.PNG", "b.jpg", "x[1].jpg"]),
        (["in", "b.jpg"], False, ["in/c.jpeg", "b.jpg"]),
        (["in"], True, ["in/c.jpeg", "in/deep/d.jpg"]),
        (["*.jpg"], False, ["b.jpg", "x[1].jpg"]),
        (["in/**/*.jp*g"], False, ["in/c.jpeg", "in/deep/d.jpg"]),
        (["{tree}/?.jpg"], False, ["{tree}/b.jpg"]),
    ],
)
def test_what_is_typed_becomes_files_in_that_order(
    typed: list[str], recursive: bool, found: list[str], tree: Path
) -> None:
    files = expand([text.format(tree=tree) for text in typed], recursive)
    assert list(files) == [Path(name.format(tree=tree)) for name in found]


@pytest.mark.parametrize(
    ("typed", "instead"),
    [
        ("empty", ""),
        ("*.jpeg", ""),
        ("empty/*", ""),
        ("*.txt", "; found 1 other file (notes.txt)"),
        ("d.jpg/f", "; found 1 folder (g; --recursive includes folders)"),
    ],
)
def test_a_folder_or_a_pattern_without_images_is_named(
    typed: str, instead: str, tree: Path
) -> None:
    (tree / "d.jpg/f/g").mkdir(parents=True)
    with pytest.raises(DataError) as caught:
        list(expand([typed]))
    assert str(caught.value) == f"{typed}: no images (.jpg, .jpeg, .png){instead}"


@pytest.mark.parametrize(
    ("typed", "recursive", "lines"),
    [
        (
            ".", False,
            [".: left out 1 other file (notes.txt) and 3 folders (d.jpg, empty, in; --recursive "
             "includes folders)"],
        ),
        (".", True, [".: left out 1 other file (notes.txt)"]),
        ("in", True, []),
        ("b.jpg", False, []),
        ("*", False, ["*: left out 1 other file (notes.txt)"]),
    ],
)  # fmt: skip
def test_what_is_left_out_is_told(
    typed: str, recursive: bool, lines: list[str], tree: Path
) -> None:
    heard: list[str] = []
    list(expand([typed], recursive, note=heard.append))
    assert heard == lines


def test_many_other_files_are_counted(tree: Path) -> None:
    for number in range(8):
        (tree / f"in/{number}.webp").touch()
    heard: list[str] = []
    find_images(tree / "in", note=heard.append)
    assert heard == [
        f"{tree / 'in'}: left out 8 other files (0.webp, 1.webp, 2.webp, 3.webp, 4.webp and 3 more)"
        " and 1 folder (deep; --recursive includes folders)"
    ]


def test_files_that_are_not_there_are_named(tree: Path) -> None:
    check_there([Path("b.jpg"), Path("in")])
    with pytest.raises(DataError, match=r"^no such file: x\.jpg, y\.jpg$"):
        check_there([Path("b.jpg"), Path("x.jpg"), Path("y.jpg")])


def test_a_folder_that_is_none(tree: Path) -> None:
    with pytest.raises(DataError, match=r"^no such folder: none$"):
        find_images(Path("none"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])  # as Windows' editor has it
def test_a_list_has_a_path_a_line(encoding: str, tree: Path) -> None:
    (tree / "list.txt").write_text("b.jpg\r\n\n  in/c.jpeg \nä.jpg", encoding=encoding)
    assert read_list(tree / "list.txt") == ["b.jpg", "in/c.jpeg", "ä.jpg"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file: list.txt"),
        (b"\n \n", "list.txt: no path in it"),
        (b"\xff\xd8\xff", "list.txt: expected UTF-8 text with one path per line"),
    ],
)
def test_a_list_that_is_none(content: bytes | None, message: str, tree: Path) -> None:
    if content is not None:
        Path("list.txt").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_list(Path("list.txt"))
    assert str(caught.value) == message


def test_images_are_found_by_name_and_nothing_else(folder: Path) -> None:
    (folder / "notes.txt").write_text("hello")
    (folder / "a.PNG").touch()
    assert [file.name for file in find_images(folder)] == ["0.jpg", "1.jpg", "2.jpg", "a.PNG"]
    with pytest.raises(DataError, match="no such folder"):
        find_images(folder / "none")
