from __future__ import annotations

import inspect
import re

import pytest

from dlrun.components.layers import Layer

VOLUME = "volumes are not offered: no source reads them"
LATER = "not asked for yet; nothing stands against it"
IMAGE_VALUES = (
    "changes the values of images under `augment`; the common ones come first"
)
ATTENTION = "attention comes as a family of its own"
TEXT = "encodes text or categories: the work of a data source, not of a model"
CODE = "holds code or a model from elsewhere, which a config cannot check"
LABELS = "changes labels together with the inputs, which a layer of a model cannot"
PART = "a part of other layers, not a layer that stands alone"

OMITTED = {
    "ActivityRegularization": "penalise the weights instead: kernel_regularizer",
    "AdaptiveAveragePooling1D": LATER,
    "AdaptiveAveragePooling2D": LATER,
    "AdaptiveAveragePooling3D": VOLUME,
    "AdaptiveMaxPooling1D": LATER,
    "AdaptiveMaxPooling2D": LATER,
    "AdaptiveMaxPooling3D": VOLUME,
    "AdditiveAttention": ATTENTION,
    "AlphaDropout": LATER,
    "Attention": ATTENTION,
    "AugMix": IMAGE_VALUES,
    "AutoContrast": IMAGE_VALUES,
    "AveragePooling3D": VOLUME,
    "CategoryEncoding": TEXT,
    "CenterCrop": LATER,
    "ContrastLimitedAdaptiveHistogramEqualization": IMAGE_VALUES,
    "Conv1DTranspose": LATER,
    "Conv3D": VOLUME,
    "Conv3DTranspose": VOLUME,
    "ConvLSTM1D": LATER,
    "ConvLSTM2D": LATER,
    "ConvLSTM3D": VOLUME,
    "Cropping1D": LATER,
    "Cropping2D": LATER,
    "Cropping3D": VOLUME,
    "CutMix": LABELS,
    "DepthwiseConv1D": LATER,
    "Discretization": TEXT,
    "Dot": LATER,
    "EinsumDense": LATER,
    "Equalization": IMAGE_VALUES,
    "FlaxLayer": CODE,
    "GRUCell": PART,
    "GaussianDropout": LATER,
    "GlobalAveragePooling3D": VOLUME,
    "GlobalMaxPooling3D": VOLUME,
    "GroupNormalization": LATER,
    "GroupQueryAttention": ATTENTION,
    "HashedCrossing": TEXT,
    "Hashing": TEXT,
    "Identity": "`enabled: false` passes the input of a layer through",
    "InputLayer": "`model.input_shape` says it",
    "InputSpec": PART,
    "IntegerLookup": TEXT,
    "JaxLayer": CODE,
    "LSTMCell": PART,
    "Lambda": CODE,
    "Layer": "the class that all layers share",
    "Masking": LATER,
    "MaxNumBoundingBoxes": LABELS,
    "MaxPooling3D": VOLUME,
    "MelSpectrogram": "sound is not offered: no source reads it",
    "MixUp": LABELS,
    "MultiHeadAttention": ATTENTION,
    "Normalization": "learns before training: `data.scale` does it, on train rows",
    "Permute": LATER,
    "Pipeline": "several layers in a row are a list",
    "RMSNormalization": LATER,
    "RNN": "its cell is an object of its own; LSTM, GRU and SimpleRNN hold theirs",
    "RandAugment": IMAGE_VALUES,
    "RandomBrightness": IMAGE_VALUES,
    "RandomColorDegeneration": IMAGE_VALUES,
    "RandomColorJitter": IMAGE_VALUES,
    "RandomElasticTransform": IMAGE_VALUES,
    "RandomErasing": IMAGE_VALUES,
    "RandomGaussianBlur": IMAGE_VALUES,
    "RandomGrayscale": IMAGE_VALUES,
    "RandomHue": IMAGE_VALUES,
    "RandomInvert": IMAGE_VALUES,
    "RandomPerspective": IMAGE_VALUES,
    "RandomPosterization": IMAGE_VALUES,
    "RandomSaturation": IMAGE_VALUES,
    "RandomSharpness": IMAGE_VALUES,
    "RandomShear": IMAGE_VALUES,
    "RepeatVector": LATER,
    "Resizing": "`image_size` of an image source does it once, not at every step",
    "ReversibleEmbedding": ATTENTION,
    "STFTSpectrogram": "sound is not offered: no source reads it",
    "SeparableConv1D": LATER,
    "SimpleRNNCell": PART,
    "Solarization": IMAGE_VALUES,
    "SpatialDropout1D": LATER,
    "SpatialDropout3D": VOLUME,
    "SpectralNormalization": LATER,
    "StackedRNNCells": PART,
    "StringLookup": TEXT,
    "TFSMLayer": CODE,
    "TextVectorization": TEXT,
    "TorchModuleWrapper": CODE,
    "UnitNormalization": LATER,
    "UpSampling1D": LATER,
    "UpSampling2D": LATER,
    "UpSampling3D": VOLUME,
    "Wrapper": "the class that the wrapping layers share",
    "ZeroPadding1D": LATER,
    "ZeroPadding3D": VOLUME,
}
"""The public classes of `keras.layers` that are not offered, each with its reason."""


@pytest.mark.heavy
def test_every_public_keras_layer_is_offered_or_omitted_for_a_reason():
    import keras

    public = {
        name for name, value in vars(keras.layers).items() if inspect.isclass(value)
    }

    first_names = {name for name in public if first_name(name) not in public - {name}}
    assert set(Layer.types) | set(OMITTED) == first_names
    assert not set(Layer.types) & set(OMITTED)


def first_name(name: str) -> str:
    """Keras has some classes twice: `Convolution2D` is `Conv2D`."""
    name = re.sub("Convolution", "Conv", name)
    return re.sub(r"^(Global)?(Max|Avg)Pool(?=\dD)", in_full, name)


def in_full(match: re.Match[str]) -> str:
    kind = {"Avg": "Average", "Max": "Max"}[match[2]]
    return f"{match[1] or ''}{kind}Pooling"
