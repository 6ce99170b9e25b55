"""What becomes of a column, in a few words; read from a config, without any class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dlrun.components.index import default_of, listed

_KIND = "column encoder"


def chain_text(written: Sequence[object]) -> str:
    """Encoders in their order: `impute median, scale standard`.

    Args:
        written: as a resolved config has them.
    """
    return ", ".join(map(_encoder_text, written))


def _encoder_text(written: object) -> str:
    """The main argument as it is, others where they are no defaults."""
    if not isinstance(written, Mapping) or len(written) != 1:
        return str(written)
    key, arguments = next(iter(written.items()))
    entry = listed(_KIND).get(str(key))
    main = entry["main_argument"] if entry is not None else None
    words = [str(key)]
    stated = arguments.items() if isinstance(arguments, Mapping) else ()
    for name, value in sorted(stated, key=lambda item: item[0] != main):
        is_default = value == default_of(_KIND, str(key), name)
        if name == main and value is not None:
            words.append(_value_text(value))
        elif name != main and not is_default:
            words.append(f"{name}={_value_text(value)}")
    return " ".join(words)


def _value_text(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value_text, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
