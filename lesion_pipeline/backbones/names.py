"""The names of the networks, to check params.yaml without TensorFlow."""

from typing import Final

# By name into how many stages a network is divided: the highest number for `embed.cut`.
STAGES: Final = {
    "efficientnet_lite0": 17,
    "efficientnet_lite1": 22,
    "efficientnet_lite2": 22,
    "efficientnet_b0": 17,
    "efficientnet_v2_s": 41,
    "convnext_tiny": 18,
    "densenet121": 4,
    "resnet50": 16,
    "inception_v3": 11,
    "vgg16": 5,
    "simple_cnn": 4,
}
AUTO: Final = "auto"  # ImageNet weights, or random ones where they can't be had
IMAGENET: Final = "imagenet"  # of an installed package, or Keras' own file
RANDOM: Final = "random"
WEIGHTS: Final = (AUTO, IMAGENET, RANDOM)  # other values of model.weights are files
