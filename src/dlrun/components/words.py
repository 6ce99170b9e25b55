"""The words for values that do not fit: what was found, what was expected, the cure.

Pydantic finds the mistakes; here its errors become sentences. `invalid()` makes an error of
our own, `reword()` translates one of Pydantic's, and `problem_of()` turns either into a
`Problem`. Both travel as `PydanticCustomError`, so the path of the value stays Pydantic's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails, PydanticCustomError

from dlrun.errors import ConfigPath, Problem

SYNONYMS = {
    "acc": "accuracy",
    "alpha": "negative_slope",
    "batch": "batch_size",
    "conv": "Conv2D",
    "decay": "weight_decay",
    "dimension": "units",
    "epoch": "epochs",
    "fully_connected": "Dense",
    "hidden_units": "units",
    "init": "kernel_initializer",
    "input_dim": "input_shape",
    "kernel": "kernel_size",
    "l2": "kernel_regularizer",
    "learningrate": "learning_rate",
    "linear": "Dense",
    "lr": "learning_rate",
    "maxpool": "MaxPooling2D",
    "maxpool2d": "MaxPooling2D",
    "avgpool2d": "AveragePooling2D",
    "batchnorm": "BatchNormalization",
    "layernorm": "LayerNormalization",
    "momentum_rate": "momentum",
    "nb_epoch": "epochs",
    "neurons": "units",
    "nodes": "units",
    "num_classes": "units",
    "num_filters": "filters",
    "p": "rate",
    "pool": "pool_size",
    "stride": "strides",
    "val_split": "validation_split",
}
"""What people write from other libraries or older Keras, and the word that is meant."""

EXAMPLES = {
    "boundaries": "[100, 200]",
    "decay_rate": "0.9",
    "decay_steps": "1000",
    "directory": "images",
    "factor": "0.1",
    "features": "[[1, 2], [3, 4]]",
    "filters": "32",
    "height": "8",
    "initial_learning_rate": "0.001",
    "input_dim": "1000",
    "kernel_size": "3",
    "labels": "[0, 1]",
    "layers": "[{Dense: 2}]",
    "loss": "sparse_categorical_crossentropy",
    "name": "my-experiment",
    "output_dim": "16",
    "path": "data.csv",
    "rate": "0.5",
    "scale": "0.00392",
    "stddev": "0.1",
    "target_shape": "[4, 4]",
    "units": "16",
    "values": "[0.01, 0.001, 0.0001]",
    "width": "8",
}
"""A valid value for each key that has no default, so that a cure can be copied."""


def invalid(
    code: str,
    message: str,
    *,
    hint: str | None = None,
    label: str = "",
    on_key: bool = False,
) -> PydanticCustomError:
    """Make an error of our own that a validator can raise."""
    context = {"message": message, "hint": hint, "label": label, "on_key": on_key}
    return PydanticCustomError(code, "{message}", context)


def problem_of(details: ErrorDetails) -> Problem:
    """Turn one of Pydantic's errors into a problem with our words."""
    error = reword(details)
    context: dict[str, Any] = dict(error.context or {})
    return Problem(
        tuple(details["loc"]),
        context["message"],
        hint=context["hint"],
        code=error.type,
        label=context["label"],
        on_key=context["on_key"],
    )


def shown(value: object) -> str:
    """Write a value as YAML would, short enough for one line."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, if any."""
    names = {name.lower().replace("_", ""): name for name in known}
    plain = str(word).strip().lower().replace("_", "").replace("-", "")
    synonym = SYNONYMS.get(str(word).strip().lower()) or SYNONYMS.get(plain)
    if synonym is not None and synonym in names.values():
        return synonym
    found = get_close_matches(plain, names, n=1, cutoff=0.6)
    return names[found[0]] if found else None


def choices(known: Iterable[str], most: int = 12) -> str:
    """List the known words, at most `most` of them."""
    words = sorted(known, key=str.lower)
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def unknown_key(
    key: object, owner: str, known: Iterable[str], cure: str | None = None
) -> PydanticCustomError:
    """An error for a key that `owner` does not have; `cure`: a hint better than the nearest key."""
    known = list(known)
    message = f"`{owner}` has no key {shown(key)}"
    if cure is not None:
        return invalid("unknown-key", message, hint=cure, on_key=True)
    meant = nearest(key, known)
    if meant is not None:
        return invalid(
            "unknown-key",
            message,
            hint=f"write {meant}",
            on_key=True,
            label=f"did you mean {meant}?",
        )
    hint = (
        f"its keys are {choices(known, most=30)}"
        if known
        else f"`{owner}` takes no keys; remove it"
    )
    return invalid("unknown-key", message, hint=hint, on_key=True)


def reword(details: ErrorDetails, owner: str = "") -> PydanticCustomError:
    """Give Pydantic's error our words; an error of our own is kept.

    Args:
        details: as `ValidationError.errors()` gives it.
        owner: what holds the value, for the words of a missing key.
    """
    context: dict[str, Any] = dict(details.get("ctx") or {})
    if "message" in context and "on_key" in context:
        return PydanticCustomError(details["type"], "{message}", context)  # type: ignore[arg-type]
    keys = [part for part in details["loc"] if isinstance(part, str)]
    key = keys[-1] if keys else "value"
    write = _WORDS.get(details["type"])
    if write is not None:
        return write(key, details["input"], context, owner)
    return invalid("invalid-value", f"`{key}`: {details['msg']}")


def _missing(
    key: str, _value: object, _context: dict[str, Any], owner: str
) -> PydanticCustomError:
    example = f"{key}: {EXAMPLES[key]}" if key in EXAMPLES else key
    place = f"`{owner}`" if owner else "the config"
    return invalid(
        "missing-key", f"{place} needs `{key}`", hint=f"add {example}", on_key=True
    )


def _integer(
    key: str, value: object, _context: dict[str, Any], _owner: str
) -> PydanticCustomError:
    message = f"`{key}` must be a whole number, found {shown(value)}"
    return invalid("wrong-type", message, hint=_number_hint(value, whole=True))


def _number(
    key: str, value: object, _context: dict[str, Any], _owner: str
) -> PydanticCustomError:
    message = f"`{key}` must be a number, found {shown(value)}"
    return invalid("wrong-type", message, hint=_number_hint(value, whole=False))


def _number_hint(value: object, *, whole: bool) -> str:
    if isinstance(value, str):
        try:
            number = int(value) if whole else float(value)
        except ValueError:
            return f"write a number, as in {8 if whole else 0.5}"
        return f"remove the quotes: {number}"
    if isinstance(value, bool):
        return "write 1 or 0" if whole else "write 1.0 or 0.0"
    if isinstance(value, float) and whole and abs(value) < 1e15:
        return f"write {max(1, round(value))}"
    return f"write a number, as in {8 if whole else 0.5}"


def _boolean(
    key: str, value: object, _context: dict[str, Any], _owner: str
) -> PydanticCustomError:
    truth = str(value).lower()
    meant = {
        "yes": "true",
        "on": "true",
        "1": "true",
        "no": "false",
        "off": "false",
        "0": "false",
    }
    hint = f"write {meant.get(truth, truth if truth in {'true', 'false'} else 'true or false')}"
    return invalid(
        "wrong-type", f"`{key}` must be true or false, found {shown(value)}", hint=hint
    )


def _text(
    key: str, value: object, _context: dict[str, Any], _owner: str
) -> PydanticCustomError:
    hint = (
        f'put it in quotes: "{shown(value)}"'
        if isinstance(value, (int, float))
        else "write a text"
    )
    return invalid(
        "wrong-type", f"`{key}` must be a text, found {shown(value)}", hint=hint
    )


def _range(
    key: str, value: object, context: dict[str, Any], _owner: str
) -> PydanticCustomError:
    phrases = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    bounds = " and ".join(
        f"{phrases[name]} {context[name]}" for name in phrases if name in context
    )
    return invalid(
        "out-of-range",
        f"`{key}` must be {bounds}, found {shown(value)}",
        hint=f"use a number {bounds}",
    )


def _finite(
    key: str, value: object, _context: dict[str, Any], _owner: str
) -> PydanticCustomError:
    message = f"`{key}` must be a finite number, found {shown(value)}"
    return invalid("out-of-range", message, hint="write a number, as in 0.001")


def _choice(
    key: str, value: object, context: dict[str, Any], _owner: str
) -> PydanticCustomError:
    allowed = (
        str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
    )
    return unknown_choice(key, value, allowed)


def unknown_choice(
    key: str, value: object, allowed: Iterable[str]
) -> PydanticCustomError:
    """An error for a value that is none of the `allowed` words."""
    allowed = list(allowed)
    meant = nearest(value, allowed) if isinstance(value, str) else None
    message = f"`{key}` cannot be {shown(value)}"
    hint = f"use one of: {choices(allowed, most=40)}"
    label = f"did you mean {meant}?" if meant else ""
    return invalid("unknown-choice", message, hint=hint, label=label)


def _mapping(
    key: str, value: object, _context: dict[str, Any], _owner: str
) -> PydanticCustomError:
    message = f"`{key}` must hold keys and values, found {shown(value)}"
    return invalid(
        "wrong-type", message, hint=f"write the keys below `{key}:`, one a line"
    )


def _sequence(
    key: str, value: object, _context: dict[str, Any], _owner: str
) -> PydanticCustomError:
    inner = "" if isinstance(value, dict) else str(value)
    hint = (
        f"write [{inner}]"
        if inner and value is not None
        else "write a list, as in [1, 2]"
    )
    return invalid(
        "wrong-type", f"`{key}` must be a list, found {shown(value)}", hint=hint
    )


def _pattern(
    key: str, value: object, _context: dict[str, Any], _owner: str
) -> PydanticCustomError:
    message = f"`{key}` cannot be {shown(value)}"
    hint = "use letters, digits, dots, dashes and underscores; start with a letter or digit"
    return invalid("invalid-name", message, hint=hint)


_WORDS: dict[str, Callable[[str, object, dict[str, Any], str], PydanticCustomError]] = {
    "missing": _missing,
    "int_type": _integer,
    "int_from_float": _integer,
    "int_parsing": _integer,
    "float_type": _number,
    "bool_type": _boolean,
    "string_type": _text,
    "greater_than": _range,
    "greater_than_equal": _range,
    "less_than": _range,
    "less_than_equal": _range,
    "finite_number": _finite,
    "literal_error": _choice,
    "dict_type": _mapping,
    "model_type": _mapping,
    "model_attributes_type": _mapping,
    "list_type": _sequence,
    "tuple_type": _sequence,
    "string_pattern_mismatch": _pattern,
}


def path_text(path: ConfigPath) -> str:
    """The last key of a path, for a sentence."""
    return next(
        (str(part) for part in reversed(path) if isinstance(part, str)), "value"
    )
