"""The classes of Keras that a config cannot name, each with the reason, for people."""

from __future__ import annotations

import re
from collections.abc import Iterable

_VOLUME = "no source reads volumes"
_LATER = "dlrun does not have it yet"
_IMAGE_VALUES = "of what changes the values of images, dlrun has only the common ones"
_ATTENTION = "dlrun has no attention yet"
_TEXT = (
    "it encodes texts or categories, which `data.columns` does before the model"
    " gets them: one_hot, hash, cross, text"
)
_CODE = "it holds code or a model from elsewhere, which a config cannot check"
_LABELS = "it changes labels together with the inputs, which a layer of a model cannot"
_PART = "it is a part of other layers, not a layer that stands alone"
_SOUND = "no source reads sound"
_BASE = "it is the class that all of its kind share"
_SEGMENTATION = "dlrun does not have it yet; Precision and Recall count pixels"
_BY_ITSELF = "dlrun saves, logs and shows by itself"
_CHECKPOINTS = "a run keeps its newest and its best weights by itself"
_NAN = "dlrun always looks for NaN"
_DONE_ANYWAY = frozenset({_BY_ITSELF, _CHECKPOINTS, _NAN})
"""Reasons that make the class needless, so that nothing else needs to be written."""
_PER_LAYER = "an optimizer per layer has no place in `compile`"
_ROWS = "it correlates the outputs of a row, not the rows"

NOT_OFFERED: dict[str, dict[str, str]] = {
    "layer": {
        "ActivityRegularization": (
            "dlrun penalises the weights instead: kernel_regularizer of a layer"
        ),
        "AdaptiveAveragePooling1D": _LATER,
        "AdaptiveAveragePooling2D": _LATER,
        "AdaptiveAveragePooling3D": _VOLUME,
        "AdaptiveMaxPooling1D": _LATER,
        "AdaptiveMaxPooling2D": _LATER,
        "AdaptiveMaxPooling3D": _VOLUME,
        "AdditiveAttention": _ATTENTION,
        "AlphaDropout": _LATER,
        "Attention": _ATTENTION,
        "AugMix": _IMAGE_VALUES,
        "AutoContrast": _IMAGE_VALUES,
        "AveragePooling3D": _VOLUME,
        "CategoryEncoding": _TEXT,
        "CenterCrop": _LATER,
        "ContrastLimitedAdaptiveHistogramEqualization": _IMAGE_VALUES,
        "Conv1DTranspose": _LATER,
        "Conv3D": _VOLUME,
        "Conv3DTranspose": _VOLUME,
        "ConvLSTM1D": _LATER,
        "ConvLSTM2D": _LATER,
        "ConvLSTM3D": _VOLUME,
        "Cropping1D": _LATER,
        "Cropping2D": _LATER,
        "Cropping3D": _VOLUME,
        "CutMix": _LABELS,
        "DepthwiseConv1D": _LATER,
        "Discretization": _TEXT,
        "Dot": _LATER,
        "EinsumDense": _LATER,
        "Equalization": _IMAGE_VALUES,
        "FlaxLayer": _CODE,
        "GRUCell": _PART,
        "GaussianDropout": _LATER,
        "GlobalAveragePooling3D": _VOLUME,
        "GlobalMaxPooling3D": _VOLUME,
        "GroupNormalization": _LATER,
        "GroupQueryAttention": _ATTENTION,
        "HashedCrossing": _TEXT,
        "Hashing": _TEXT,
        "Identity": "`enabled: false` passes the input of any layer through",
        "InputLayer": "`model.input_shape` says what it would",
        "InputSpec": _PART,
        "IntegerLookup": _TEXT,
        "JaxLayer": _CODE,
        "LSTMCell": _PART,
        "Lambda": _CODE,
        "Layer": _BASE,
        "Masking": _LATER,
        "MaxNumBoundingBoxes": _LABELS,
        "MaxPooling3D": _VOLUME,
        "MelSpectrogram": _SOUND,
        "MixUp": _LABELS,
        "MultiHeadAttention": _ATTENTION,
        "Normalization": (
            "it learns before training, which `data.scale` does, on train rows alone"
        ),
        "Permute": _LATER,
        "Pipeline": "several layers in a row are a list",
        "RMSNormalization": _LATER,
        "RNN": "its cell is an object of its own; LSTM, GRU and SimpleRNN hold theirs",
        "RandAugment": _IMAGE_VALUES,
        "RandomBrightness": _IMAGE_VALUES,
        "RandomColorDegeneration": _IMAGE_VALUES,
        "RandomColorJitter": _IMAGE_VALUES,
        "RandomElasticTransform": _IMAGE_VALUES,
        "RandomErasing": _IMAGE_VALUES,
        "RandomGaussianBlur": _IMAGE_VALUES,
        "RandomGrayscale": _IMAGE_VALUES,
        "RandomHue": _IMAGE_VALUES,
        "RandomInvert": _IMAGE_VALUES,
        "RandomPerspective": _IMAGE_VALUES,
        "RandomPosterization": _IMAGE_VALUES,
        "RandomSaturation": _IMAGE_VALUES,
        "RandomSharpness": _IMAGE_VALUES,
        "RandomShear": _IMAGE_VALUES,
        "RepeatVector": _LATER,
        "Resizing": "`image_size` of an image source does it once, not at every step",
        "ReversibleEmbedding": _ATTENTION,
        "STFTSpectrogram": _SOUND,
        "SeparableConv1D": _LATER,
        "SimpleRNNCell": _PART,
        "Solarization": _IMAGE_VALUES,
        "SpatialDropout1D": _LATER,
        "SpatialDropout3D": _VOLUME,
        "SpectralNormalization": _LATER,
        "StackedRNNCells": _PART,
        "StringLookup": _TEXT,
        "TFSMLayer": _CODE,
        "TextVectorization": _TEXT,
        "TorchModuleWrapper": _CODE,
        "UnitNormalization": _LATER,
        "UpSampling1D": _LATER,
        "UpSampling2D": _LATER,
        "UpSampling3D": _VOLUME,
        "Wrapper": "it is the class that the wrapping layers share",
        "ZeroPadding1D": _LATER,
        "ZeroPadding3D": _VOLUME,
    },
    "callback": {
        "BackupAndRestore": _CHECKPOINTS,
        "CSVLogger": _BY_ITSELF,
        "Callback": _BASE,
        "CallbackList": "it is no callback for a config",
        "History": _BY_ITSELF,
        "LambdaCallback": "it takes functions",
        "LearningRateScheduler": (
            "it takes a function; a schedule as the learning_rate does its work"
        ),
        "ModelCheckpoint": _CHECKPOINTS,
        "OrbaxCheckpoint": _CHECKPOINTS,
        "ProgbarLogger": _BY_ITSELF,
        "RemoteMonitor": "dlrun opens no network connection",
        "SwapEMAWeights": (
            "it acts on Keras' own evaluation; the optimizer's "
            "ema_overwrite_frequency does its work"
        ),
        "TensorBoard": _BY_ITSELF,
        "TerminateOnNaN": _NAN,
    },
    "constraint": {
        "Constraint": _BASE,
    },
    "initializer": {
        "Initializer": _BASE,
        "STFT": "it is the fixed kernel of a spectrogram, not a start for training",
    },
    "loss": {
        "CTC": "it is for sequences of labels, which no source reads",
        "Circle": "it is for embeddings, with labels that are no classes of the output",
        "Dice": _SEGMENTATION,
        "Loss": _BASE,
        "Tversky": _SEGMENTATION,
    },
    "metric": {
        "Accuracy": (
            "it compares outputs with labels as they are; the metric `accuracy`"
            " takes the likeliest class"
        ),
        "BinaryIoU": _SEGMENTATION,
        "ConcordanceCorrelation": _ROWS,
        "IoU": _SEGMENTATION,
        "Mean": "it is a mean of outputs, without labels",
        "MeanIoU": _SEGMENTATION,
        "MeanMetricWrapper": "it takes a function",
        "Metric": _BASE,
        "OneHotIoU": _SEGMENTATION,
        "OneHotMeanIoU": _SEGMENTATION,
        "PearsonCorrelation": _ROWS,
        "Sum": "it is a sum of outputs, without labels",
    },
    "optimizer": {
        "LossScaleOptimizer": "Keras wraps the optimizer itself for mixed precision",
        "MultiOptimizer": _PER_LAYER,
        "Optimizer": _BASE,
        "OptimizerMap": _PER_LAYER,
    },
    "regularizer": {
        "Regularizer": _BASE,
    },
    "schedule": {
        "LearningRateSchedule": _BASE,
    },
}
"""By kind and class: what stands behind `because`; for those who know the names."""
_WORDS = re.compile(r"[A-Z][a-z]+|[A-Z]+(?![a-z])|[0-9]D")
_MOST_ALIKE = 4


def why_not(kind: str, name: object) -> str | None:
    """Why a config cannot name a class of Keras; None: it can, or Keras has none."""
    return NOT_OFFERED.get(kind, {}).get(str(name))


def all_of(kind: str) -> str:
    """Where the classes of a kind are told."""
    plural = f"{kind}es" if kind.endswith("s") else f"{kind}s"
    return f"dlrun explain {plural.replace(' ', '_')} tells all"


def not_offered(
    kind: str, name: str, reason: str, offered: Iterable[str]
) -> tuple[str, str]:
    """The words for a class of Keras that a config cannot name: what is so, and a cure.

    Args:
        kind: What a person calls it.
        name: Of the class.
        reason: Why it is not offered.
        offered: The classes that there are.
    """
    message = f"the {kind} {name} of Keras is not offered, because {reason}"
    if reason in _DONE_ANYWAY:
        return message, "remove it"
    like = similar(name, offered)
    others = f"similar: {', '.join(like)}; " if like else ""
    return message, f"{others}{all_of(kind)}"


def similar(name: str, offered: Iterable[str]) -> list[str]:
    """The classes that there are whose names end in the same word; not the same thing.

    `Conv1DTranspose` has `Conv2DTranspose`, `AlphaDropout` has `Dropout`.
    """
    names = sorted(offered)
    same = re.sub("[13]D", "2D", name)
    if same in names:
        return [same]
    last = _last_word(name)
    return [other for other in names if last and _last_word(other) == last][
        :_MOST_ALIKE
    ]


def _last_word(name: str) -> list[str]:
    return [word for word in _WORDS.findall(name) if not word[0].isdigit()][-1:]
