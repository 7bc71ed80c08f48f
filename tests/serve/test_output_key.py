import os
from pathlib import Path

from lesion_pipeline.serve.output_key import output_key


def test_the_key_follows_bytes_names_and_options(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "model").write_bytes(b"1")
    images = [tmp_path / "1.jpg", tmp_path / "2.jpg", Path("no\0name")]
    images[0].write_bytes(b"1")
    key = output_key(tmp_path / "a", images, ("csv", 1))
    assert key == output_key(tmp_path / "a", images, ("csv", 1))
    others = [
        output_key(tmp_path / "a", images, ("csv", 4)),
        output_key(tmp_path / "a", images[::-1], ("csv", 1)),
        output_key(tmp_path / "a" / "model", images, ("csv", 1)),
    ]
    images[1].write_bytes(b"there now")
    others.append(output_key(tmp_path / "a", images, ("csv", 1)))
    os.utime(images[0], (1, 1))
    others.append(output_key(tmp_path / "a", images, ("csv", 1)))
    images[0].write_bytes(b"12")
    os.utime(images[0], (1, 1))
    others.append(output_key(tmp_path / "a", images, ("csv", 1)))
    (tmp_path / "a" / "model").write_bytes(b"2")
    others.append(output_key(tmp_path / "a", images, ("csv", 1)))
    assert len({key, *others}) == 1 + len(others)
