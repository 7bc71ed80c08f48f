import re

from lesion_pipeline.web.site import TYPES, page_files


def test_the_page_refers_to_its_own_files_only() -> None:
    files = page_files()
    for name, content in files.items():
        assert "." + name.rpartition(".")[2] in TYPES, name
        text = content.decode()
        assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text), name
        for other in re.findall(r'(?:from "\./|src="|href=")([\w.]+)"', text):
            assert other in files, f"{name} refers to {other}"


def test_no_script_or_style_is_inline_and_no_text_becomes_markup() -> None:
    files = page_files()
    page = files["index.html"].decode()
    assert "<style" not in page and not re.findall(r"<script(?![^>]* src=)", page)
    assert not re.findall(r"\s(on\w+|style)=", page)
    scripts = b"".join(content for name, content in files.items() if name.endswith(".js"))
    for unsafe in (b"innerHTML", b"outerHTML", b"insertAdjacentHTML", b"document.write", b"eval("):
        assert unsafe not in scripts


def test_the_disclaimer_is_part_of_the_page() -> None:
    assert "not for clinical use" in page_files()["index.html"].decode()
