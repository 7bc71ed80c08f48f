"""What a model hub reads of a model card: YAML at its top, in Hugging Face's terms.

https://huggingface.co/docs/hub/model-cards
"""

from typing import Any, Final

import yaml

from lesion_pipeline.bundle.manifest import BundleManifest

# A network learnt from images on terms is given away on these terms.
LICENCES: Final = {"MIT": "mit", "CC BY-NC 4.0": "cc-by-nc-4.0"}
METRICS: Final = {
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "sensitivity": "Sensitivity at the operating point",
    "specificity": "Specificity at the operating point",
}


def front_matter(manifest: BundleManifest) -> str:
    """Give licence, tags and the figures of test between lines of three dashes."""
    data, point = manifest.data, manifest.operating_point.test
    licence = LICENCES.get(data.attribution.licence)
    content: dict[str, Any] = {
        "license": licence or "other",
        **({} if licence else {"license_name": "unknown"}),
        "library_name": "keras",
        "pipeline_tag": "image-classification",
        "tags": [
            "dermoscopy", "skin-lesion", "not-for-clinical-use",
            *(["generated-images"] if data.generated else []),
        ],
    }  # fmt: skip
    test = manifest.metrics.test
    found = {
        "roc_auc": test.roc_auc, "pr_auc": test.pr_auc,
        "sensitivity": point.sensitivity, "specificity": point.specificity,
    }  # fmt: skip
    metrics = [
        {"type": kind, "name": METRICS[kind], "value": value}
        for kind, value in found.items()
        if value is not None
    ]
    source = {"type": data.source, "name": data.attribution.title, "split": "test"}
    result = {"task": {"type": "image-classification"}, "dataset": source, "metrics": metrics}
    content["model-index"] = [{"name": manifest.name, "results": [result]}]
    return f"---\n{yaml.safe_dump(content, sort_keys=False, width=100)}---\n"
