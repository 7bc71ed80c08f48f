"""A copy of a bundle whose manifest differs."""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.commands import put


def changed(bundle: Path, target: Path, **values: Any) -> Path:
    """Copy a bundle into `target` and set keys of its manifest, such as image__size=9."""
    folder = Path(shutil.copytree(bundle, target / "bundle"))
    path = folder / "bundle.json"
    manifest = json.loads(path.read_text())
    for name, value in values.items():
        put(manifest, name.split("__"), value)
    path.write_text(json.dumps(manifest))
    return folder
