"""Write reference_lesions.json, all that decides how HAM10000 is split.

Run `python -m tests.splitting.make_reference_lesions HAM10000_metadata.csv`.
"""

import base64
import sys
import zlib
from pathlib import Path

from lesion_pipeline.core.files import write_json
from lesion_pipeline.core.labels import MALIGNANT, is_malignant
from lesion_pipeline.tables.metadata import read_metadata

TARGET = Path(__file__).with_name("reference_lesions.json")
NOTE = (
    "The lesions of HAM10000 in the order of lesion_id, one letter each: a for one image, b for "
    "two and so on, a capital if the lesion is malignant. zlib, then base64. The ids are left out."
)
SOURCE = "Tschandl, P. The HAM10000 dataset. Harvard Dataverse, 2018, doi:10.7910/DVN/DBW86T"


def letters(metadata: Path) -> str:
    """Tell the lesions of a collection, a letter each."""
    table = read_metadata(metadata)
    table = table.assign(malignant=is_malignant(table["dx"], MALIGNANT))
    lesions = table.groupby("lesion_id")["malignant"].agg(["size", "first"]).sort_index()
    small, capital = "_abcdefghijkl", "_ABCDEFGHIJKL"
    return "".join(
        (capital if malignant else small)[images]
        for images, malignant in lesions.itertuples(index=False)
    )


def main() -> None:
    """Write the file from the metadata named on the command line."""
    packed = zlib.compress(letters(Path(sys.argv[1])).encode(), 9)
    content = {
        "note": NOTE,
        "source": SOURCE,
        "licence": "CC BY-NC 4.0",
        "lesions": base64.b64encode(packed).decode(),
    }
    write_json(TARGET, content)


if __name__ == "__main__":
    main()
