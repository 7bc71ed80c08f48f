from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.overview import DISCLAIMER, GENERATED, opening


def test_three_lines(facts: ReportFacts) -> None:
    names = [name for name, _ in opening(facts.manifest).lines]
    assert names == ["What it is", "How good", "What it is not"]
    what, good, limits = (text for _, text in opening(facts.manifest).lines)
    assert what.endswith("trained on 40 images of 40 lesions: Generated sample.")
    area = facts.evaluation.val.roc_auc
    assert f"Val, on which it was chosen: ROC-AUC {area:.3f} (" in good
    assert "40 images, 21 malignant). Test, which chose nothing" in good
    assert DISCLAIMER in limits and "A program drew the pictures" in limits
    assert "Few malignant lesions (21 in val, 19 in test)" in limits


def test_pictures_that_were_not_generated(facts: ReportFacts) -> None:
    assert opening(facts.manifest).warnings == (GENERATED, DISCLAIMER)
    data = facts.manifest.data.model_copy(update={"generated": False})
    found = opening(facts.manifest.model_copy(update={"data": data}))
    assert found.warnings == (DISCLAIMER,)
    assert "A program drew" not in str(found.lines)
