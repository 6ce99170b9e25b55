"""What a name of the config means, for a person who asks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from dlrun.components.not_offered import not_offered, why_not
from dlrun.components.phrase import nearest
from dlrun.describe.catalogue import CatalogueEntry, CatalogueKey, kinds, sections
from dlrun.errors import DlrunError
from dlrun.writing import choices, did_you_mean

_WORDS = {
    "extends": CatalogueEntry(
        "extends",
        "key of the file",
        "Another config to start from: mappings are merged, lists and single values "
        "are replaced, this file wins. The path is relative to this file.",
        (),
        example="extends: base.yaml\nname: variant\nfit: {epochs: 5}",
    ),
    "set": CatalogueEntry(
        "set",
        "key of the file",
        "Single values by their path, after `extends`. A layer is found by its name or "
        "its place, and the class may be left out; `-s` on the command line has the "
        "same grammar, and `+=` appends to a list.",
        (),
        example="set:\n  model.layers.c1.padding: same\n  fit.epochs: 5",
    ),
    "vars": CatalogueEntry(
        "vars",
        "key of the file",
        "Values by name. `$name` stands for the value, `$(...)` for what it computes: "
        "+ - * / // % with min, max and round; one with a comma stands in quotes. `$$` "
        "is a dollar sign. `-s vars.width=32` changes one; a run keeps them in "
        "`source/variables.json`, and `compare` names the one that differs.",
        (),
        example="vars: {width: 64}\nmodel:\n  layers:\n"
        "    - Dense: {units: $width}\n    - Dense: {units: $(width // 2)}",
    ),
    "use": CatalogueEntry(
        "use",
        "key of a list of layers",
        "A layer above once more, with the same weights, on another input. `of` names "
        "a layer, or a use of a block, with all of its layers; `from`, `name` and "
        "`enabled` are as for any layer. The weights are counted once.",
        (),
        example="layers:\n  - tower: {from: left, name: first}\n"
        "  - use: {of: first, from: right, name: second}\n"
        "  - Subtract: [first, second]",
    ),
    "blocks": CatalogueEntry(
        "blocks",
        "key of the file",
        "Lists of layers by name, each with its parameters in `with` and defaults; an "
        "empty default must be given. A model uses a block like a layer, with `name`, "
        "`from`, `enabled` and `repeat`; in it `input` is what the block takes, names "
        "are its own, and `$name` is a parameter or a variable. A run's config has the "
        "layers themselves, named as in `residual.2.main`.",
        (),
        example="blocks:\n  residual:\n    with: {units: 16}\n    layers:\n"
        "      - Dense: {units: $units, activation: relu, name: main}\n"
        "      - Add: [main, input]\nmodel:\n  layers:\n"
        "    - Dense: {units: 16}\n    - residual: {repeat: 3}",
    ),
}
"""What a file may say beside its sections; the reader takes it out."""


def explain(name: str, own: Sequence[CatalogueEntry] = ()) -> list[CatalogueEntry]:
    """What a name stands for: a class, an alias, a section, a kind, or a key.

    A key may be written with what holds it: `Dense.units`, `fit.epochs`.

    Args:
        name: What is asked about.
        own: What the code of a config defines.

    Raises:
        DlrunError: when it stands for nothing, with the nearest name.
    """
    parts, by_kind = sections(), kinds()
    entries = [*own, *(entry for listed in by_kind.values() for entry in listed)]
    named = [entry for entry in entries if name in {entry.name, *entry.aliases}]
    named += [entry for entry in parts if entry.name == name]
    named += [
        _listing(kind, listed)
        for kind, listed in by_kind.items()
        if name in {kind, _plural(kind), kind.replace(" ", "_")}
    ]
    named = named or [_WORDS[name]] if name in _WORDS else named
    named = (
        named or list(_keys_called(name, parts)) or list(_keys_called(name, entries))
    )
    if named:
        return named
    for kind, listed in by_kind.items():
        reason = why_not(kind, name)
        if reason is not None:
            message, hint = not_offered(
                kind, name, reason, [entry.name for entry in listed]
            )
            raise DlrunError(message, hint=hint)
    known = {entry.name for entry in [*entries, *parts]} | set(by_kind) | set(_WORDS)
    known |= {key.name for entry in [*entries, *parts] for key in entry.keys}
    of_code = [entry.name for entry in own]  # Of two alike, the last is meant.
    ordered = [*sorted(known.difference(of_code)), *of_code]
    meant = did_you_mean([nearest(name, ordered)])
    hint = meant or "dlrun explain alone lists the kinds; -c CONFIG knows its own code"
    raise DlrunError(f"there is nothing called {name}", hint=hint)


def overview() -> list[CatalogueEntry]:
    """What can be asked about: the sections, the kinds, and the words beside them."""
    listings = [_listing(kind, listed) for kind, listed in kinds().items()]
    return [*sections(), *_WORDS.values(), *listings]


def _keys_called(
    name: str, entries: Iterable[CatalogueEntry]
) -> Iterator[CatalogueEntry]:
    """The keys of a name, each with the classes or sections that have it in common."""
    owner, _, last = name.rpartition(".")
    owners_of: dict[CatalogueKey, list[str]] = {}
    for entry in entries:
        for key in entry.keys:
            if key.name == last and owner.rpartition(".")[2] in {"", entry.name}:
                owners_of.setdefault(key, []).append(entry.name)
    for key, owners in owners_of.items():
        title = f"{key.name} of {choices(owners, most=8)}"
        yield CatalogueEntry(title, "key", key.text, (key,))


def _listing(kind: str, entries: Sequence[CatalogueEntry]) -> CatalogueEntry:
    """The classes of a kind, each with its first line."""
    lines = [f"{entry.name}: {entry.text.partition(chr(10))[0]}" for entry in entries]
    return CatalogueEntry(_plural(kind), "kind", "\n\n".join(lines), ())


def _plural(kind: str) -> str:
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"


def render_entry(entry: CatalogueEntry, width: int = 80) -> str:
    """Write an entry for a terminal: what must be said first, then what may be."""
    lines = [f"{entry.name} ({entry.kind})", "", *_wrapped(entry.text, "", width)]
    if entry.example:
        lines += [
            "",
            "for example",
            *(f"  {line}" for line in entry.example.splitlines()),
        ]
    if entry.aliases:
        lines += ["", f"also written {', '.join(entry.aliases)}"]
    if entry.main_argument is not None:
        lines += ["", f"`{entry.name}: ...` sets {entry.main_argument}"]
    for key in sorted(entry.keys, key=lambda key: key.default is not None):
        default = "required" if key.default is None else f"default {key.default}"
        lines += ["", f"  {key.name}: {key.type}, {default}"]
        if entry.kind != "key":
            lines += _wrapped(key.text, "      ", width)
    return "\n".join(lines)


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    lines = []
    for paragraph in text.split("\n\n"):
        plain = " ".join(paragraph.split())
        lines += [
            *textwrap.wrap(
                plain,
                width,
                initial_indent=indent,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            ),
            "",
        ]
    return lines[:-1]
