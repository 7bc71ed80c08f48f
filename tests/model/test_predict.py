import numpy as np

from lesion_pipeline.data.tfrecords import Records
from lesion_pipeline.model.network import Network
from lesion_pipeline.model.predict import BATCH, predict_batches
from lesion_pipeline.tf import keras


def test_every_image_gets_its_own_probability(records: Records, lite0: Network) -> None:
    probability = keras.layers.Dense(1, activation="sigmoid")(
        keras.layers.GlobalAveragePooling2D()(lite0.model.output)
    )
    model = keras.Model(lite0.model.input, probability)
    images = records.images("val")
    together = predict_batches(model, images.batch(BATCH), 12)
    alone = [
        model(image[None], training=False).numpy()[0, 0] for image in images.as_numpy_iterator()
    ]
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert together.dtype == np.float32
