from lesion_pipeline.backbones.architectures import ARCHITECTURES
from lesion_pipeline.backbones.names import STAGES


def test_the_names_are_those_of_the_registry_with_their_stages() -> None:
    assert {name: len(found.stages) for name, found in ARCHITECTURES.items()} == STAGES
