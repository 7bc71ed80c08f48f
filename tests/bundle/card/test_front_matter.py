from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from lesion_pipeline.bundle.card.front_matter import front_matter
from lesion_pipeline.bundle.manifest import read_manifest
from lesion_pipeline.sources.collection import LOCAL


def test_a_hub_reads_licence_and_scores_from_the_card(bundle_folder: Path) -> None:
    card, manifest = (
        ModelCard((bundle_folder / "MODEL_CARD.md").read_text()),
        read_manifest(bundle_folder),
    )
    assert (card.data.license, card.data.library_name) == ("mit", "keras")
    assert {"not-for-clinical-use", "generated-images"} <= set(card.data.tags)
    found = {result.metric_type: result.metric_value for result in card.data.eval_results}
    test, rates = manifest.evaluation.test, manifest.operating_point.test
    assert found == {
        "roc_auc": test.roc_auc, "pr_auc": test.pr_auc,
        "sensitivity": rates.sensitivity, "specificity": rates.specificity,
    }  # fmt: skip
    assert {result.dataset_split for result in card.data.eval_results} == {"test"}
    assert card.text.lstrip().startswith("# ")


@pytest.mark.parametrize(
    ("licence", "terms"),
    [("CC BY-NC 4.0", {"license": "cc-by-nc-4.0"}),
     ("CC BY 4.0", {"license": "cc-by-4.0"}),
     ("Hospital 7", {"license": "other", "license_name": "Hospital 7"}),
     (LOCAL.licence, {"license": "other", "license_name": "unknown"})],
)  # fmt: skip
def test_a_network_is_published_on_the_terms_of_its_images(
    licence: str, terms: dict[str, str], bundle_folder: Path
) -> None:
    manifest = read_manifest(bundle_folder)
    source = manifest.data.attribution.model_copy(update={"licence": licence})
    data = manifest.data.model_copy(update={"attribution": source, "generated": False})
    content = ModelCard(front_matter(manifest.model_copy(update={"data": data}))).data.to_dict()
    assert {name: content.get(name) for name in terms} == terms
    assert "generated-images" not in content["tags"]


def test_an_undefined_score_is_left_out(bundle_folder: Path) -> None:
    manifest = read_manifest(bundle_folder)
    rates = manifest.operating_point.test.model_copy(update={"sensitivity": None})
    point = manifest.operating_point.model_copy(update={"test": rates})
    card = ModelCard(front_matter(manifest.model_copy(update={"operating_point": point})))
    names = [result.metric_type for result in card.data.eval_results]
    assert names == ["roc_auc", "pr_auc", "specificity"]
