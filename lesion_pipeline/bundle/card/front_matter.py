"""The YAML at the top of the model card, which a model hub reads, in Hugging Face's terms.

https://huggingface.co/docs/hub/model-cards
"""

from typing import Any, Final

import yaml

from lesion_pipeline.bundle.manifest import BundleManifest
from lesion_pipeline.sources.collection import LOCAL

# A network trained on images under some terms is published under the same terms.
LICENCES: Final = {
    "MIT": "mit",
    "CC0": "cc0-1.0",
    "CC0 1.0": "cc0-1.0",
    "CC BY 4.0": "cc-by-4.0",
    "CC BY-SA 4.0": "cc-by-sa-4.0",
    "CC BY-NC 4.0": "cc-by-nc-4.0",
    "CC BY-NC-SA 4.0": "cc-by-nc-sa-4.0",
}


def front_matter(manifest: BundleManifest) -> str:
    """Return licence, tags and the scores of test between lines of three dashes."""
    data = manifest.data
    licence = LICENCES.get(data.attribution.licence)
    source = {"type": data.source, "name": data.attribution.title, "split": "test"}
    result = {
        "task": {"type": "image-classification"},
        "dataset": source,
        "metrics": _metrics(manifest),
    }
    content: dict[str, Any] = {
        "license": licence or "other",
        **({} if licence else {"license_name": _name(data.attribution.licence)}),
        "library_name": "keras",
        "pipeline_tag": "image-classification",
        "tags": [
            "dermoscopy", "skin-lesion", "not-for-clinical-use",
            *(["generated-images"] if data.generated else []),
        ],
        "model-index": [{"name": manifest.name, "results": [result]}],
    }  # fmt: skip
    return f"---\n{yaml.safe_dump(content, sort_keys=False, width=100)}---\n"


def _name(licence: str) -> str:
    """Return how a hub names other terms: as they were given, if they were."""
    return "unknown" if licence == LOCAL.licence else licence


def _metrics(manifest: BundleManifest) -> list[dict[str, Any]]:
    """List the scores of test that are defined."""
    scores, rates = manifest.evaluation.test, manifest.operating_point.test
    values = (
        ("roc_auc", "ROC-AUC", scores.roc_auc),
        ("pr_auc", "PR-AUC", scores.pr_auc),
        ("sensitivity", "Sensitivity at the operating point", rates.sensitivity),
        ("specificity", "Specificity at the operating point", rates.specificity),
    )
    return [
        {"type": metric, "name": name, "value": value}
        for metric, name, value in values
        if value is not None
    ]
