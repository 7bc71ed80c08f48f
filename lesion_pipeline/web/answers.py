"""What the API answers, as types; its OpenAPI description is made of them."""

from typing import Final

from pydantic import BaseModel, Field

DISCLAIMER: Final = "For research and education only, not for clinical use."
GENERATED: Final = (
    "The network was trained on generated pictures: its predictions have no medical meaning."
)


class ErrorAnswer(BaseModel):
    """Why there is no result.

    Attributes:
        error: one sentence.
    """

    error: str


class Prediction(BaseModel):
    """What the network predicts for one image; names and digits are those of `lesion predict`.

    Attributes:
        probability_malignant: by the network, with 6 decimals.
        probability_calibrated: the same after the bundle's calibrator, at the prevalence of the
            collection's val part.
        probability_at_prevalence: the calibrated probability where `prevalence` of the images are
            malignant; null without that parameter.
        predicted_label: 1 when `probability_malignant` is at least `threshold`.
        predicted_class: the same as a word.
        threshold: the bundle's operating point.
        diagnosis: the most probable one; null if the network predicts malignant or not.
        probabilities: of each output of the network, by name.
        disclaimer: what the prediction is for.
        generated: whether the network was trained on generated pictures.
    """

    probability_malignant: float = Field(ge=0, le=1)
    probability_calibrated: float = Field(ge=0, le=1)
    probability_at_prevalence: float | None = Field(default=None, ge=0, le=1)
    predicted_label: int = Field(ge=0, le=1)
    predicted_class: str
    threshold: float
    diagnosis: str | None = None
    probabilities: dict[str, float]
    disclaimer: str = DISCLAIMER
    generated: bool


class SimilarImage(BaseModel):
    """An image of the training part.

    Attributes:
        image_id: in the collection.
        diagnosis: there.
        malignant: whether that counts as malignant.
        similarity: of the network's last hidden layers, -1 to 1.
        picture: where the picture is on this server; null if it has none.
    """

    image_id: str
    diagnosis: str
    malignant: bool
    similarity: float
    picture: str | None


class SimilarImages(BaseModel):
    """The training images that the network finds most similar, the most similar first."""

    images: list[SimilarImage]
    disclaimer: str = DISCLAIMER


class ServiceFacts(BaseModel):
    """What this server can do, and how much it takes.

    Attributes:
        max_bytes: of an image file.
        max_pixels: of an image.
        max_requests: under way at a time.
        seconds: within which a request is answered.
        similar: whether it has an index of similar images.
        heat_map: how the heat map is computed.
        disclaimer: what predictions are for.
        notice: what has to be said of this network beside that.
    """

    max_bytes: int
    max_pixels: int
    max_requests: int
    seconds: float
    similar: bool
    heat_map: str = "occlusion"
    disclaimer: str = DISCLAIMER
    notice: str | None


class Health(BaseModel):
    """Whether the server is there."""

    status: str = "ok"
