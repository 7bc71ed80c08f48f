"""Bring a collection into one layout: metadata.csv and images/<image_id>.<suffix>."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from lesion_pipeline.data.local import LocalParams, copy_local
from lesion_pipeline.data.metadata import check_images, read_metadata
from lesion_pipeline.data.sample import write_sample
from lesion_pipeline.errors import DataError
from lesion_pipeline.params import Section


class SampleParams(Section):
    """The generated collection."""

    lesions: int = Field(ge=14)  # two of each diagnosis
    jpeg_quality: int = Field(ge=1, le=95)
    seed: int = Field(ge=0)


class FetchParams(LocalParams):
    """Where images come from, and how they are to be understood."""

    source: Literal["sample", "local"]
    path: str | None
    sample: SampleParams

    @model_validator(mode="after")
    def _local_needs_a_path(self) -> "FetchParams":
        if self.source == "local" and not self.path:
            raise ValueError("source local needs path, a folder or a zip file")
        return self

    @model_validator(mode="after")
    def _sample_has_its_own_number(self) -> "FetchParams":
        if self.source == "sample" and self.limit_lesions is not None:
            raise ValueError("limit_lesions is of other sources; for the sample, sample.lesions")
        return self


def fetch(params: FetchParams, target: Path, workers: int) -> dict[str, object]:
    """Fill the empty folder `target` with metadata.csv and images/.

    Args:
        params: the source.
        target: an existing, empty folder.
        workers: processes that draw, or threads that unpack.

    Returns:
        A summary: source, whether the images are generated, counts of images and lesions.

    Raises:
        DataError: the source is missing, or its metadata and images don't belong together.
    """
    if params.source == "local":
        source = Path(os.path.expanduser(str(params.path)))  # noqa: PTH111  (never raises)
        if source.resolve().is_relative_to(target.parent.resolve()):
            raise DataError(
                f"fetch.path: expected a place outside {target.parent}, which the pipeline "
                f"replaces, received {source}"
            )
        copy_local([source], target, params, workers)
    else:
        sample = params.sample
        write_sample(target, sample.lesions, sample.seed, sample.jpeg_quality, workers)
    table = read_metadata(target / "metadata.csv")
    check_images(table, {file.stem for file in (target / "images").iterdir()})
    return {
        "source": params.source,
        "generated": params.source == "sample",
        "images": len(table),
        "lesions": int(table["lesion_id"].nunique()),
    }
