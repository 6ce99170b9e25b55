"""What becomes of a column, in a few words; read from a config, without any class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dlrun.components.index import default_of, listed

_KIND = "column encoder"
LABEL_ENCODER = "label encoder"
"""The kind of what makes labels of a column."""


def chain_text(written: Sequence[object]) -> str:
    """Encoders in their order: `impute median, scale standard`.

    Args:
        written: as a resolved config has them.
    """
    return ", ".join(map(encoder_text, written))


def is_label_encoder(written: Mapping[object, object]) -> bool:
    """Whether a mapping makes labels of a column, and is not one by output."""
    return len(written) == 1 and str(next(iter(written))) in listed(LABEL_ENCODER)


def encoder_text(written: object, kind: str = _KIND) -> str:
    """An encoder: the main argument as it is, others where they are no defaults.

    Args:
        written: as a resolved config has it.
        kind: of column encoders, or of label encoders.
    """
    if not isinstance(written, Mapping) or len(written) != 1:
        return str(written)
    key, arguments = next(iter(written.items()))
    entry = listed(kind).get(str(key))
    main = entry["main_argument"] if entry is not None else None
    words = [str(key)]
    stated = arguments.items() if isinstance(arguments, Mapping) else ()
    for name, value in sorted(stated, key=lambda item: item[0] != main):
        is_default = value == default_of(kind, str(key), name)
        if name == main and value is not None:
            words.append(_value_text(value))
        elif name != main and not is_default:
            words.append(f"{name}={_value_text(value)}")
    return " ".join(words)


def _value_text(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value_text, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
