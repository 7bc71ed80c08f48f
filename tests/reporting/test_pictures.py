import base64
import re
from pathlib import Path

from lesion_pipeline.reporting.pictures import Shown, drawn, gallery


def put(folder: Path, name: str, content: bytes) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)


def test_files_are_within_the_page(tmp_path: Path) -> None:
    put(tmp_path, "draw/roc.svg", b"<svg/>")
    put(tmp_path, "explain/case.jpg", b"\xff\xd8jpeg")
    shown = gallery(
        tmp_path, (Shown("draw/roc", 'a "b"', "c < d"), Shown("explain/case", "e", "f", wide=True))
    )
    found = re.findall(r'src="data:([^;]*);base64,([^"]*)"', shown)
    assert [(kind, base64.b64decode(content)) for kind, content in found] == [
        ("image/svg+xml", b"<svg/>"), ("image/jpeg", b"\xff\xd8jpeg"),
    ]  # fmt: skip
    assert 'alt="a &quot;b&quot;"' in shown
    assert "<figcaption>c &lt; d</figcaption>" in shown
    assert shown.count("<figure>") == 1 and shown.count('<figure class="whole">') == 1


def test_what_was_not_drawn_is_left_out(tmp_path: Path) -> None:
    assert gallery(tmp_path, (Shown("draw/roc", "a", "b"),)) == ""
    assert drawn(tmp_path, "draw/roc") is None
    put(tmp_path, "draw/roc.svg", b"")
    assert drawn(tmp_path, "draw/roc") == tmp_path / "draw/roc.svg"
