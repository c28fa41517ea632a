"""Good specs, bent at random: each is read and stepped, or refused in words; nothing else ever comes out."""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lrviz import catalog, pipeline, presets, readers
from lrviz.catalog import yaml12
from lrviz.errors import LrvizError
from lrviz.spec.curve import Curve

CASES = 500
PATIENCE = 10.0  # seconds for one case, on a machine that has other work to do
SMALL = 2_000  # updates times groups: what is worth stepping here

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 3, 0.5, -0.5, 1e-9, 1e300, float("nan"), float("inf"), 10**18, 10**30, 10**400,
    [], {}, [1], [[1]], [1, 2], {"a": 1}, [{"type": "LinearLR"}], [{"type": "ReduceLROnPlateau"}], {"values": [1]},
    "", " ", "x", "rest", "5%", "200%", "-5%", "3ep", "7st", "3Mtok", "100% - 2ep", "9" * 150 + "e99ep + 0.5st",
    "lr * 0.1", "1 / 0", "t", "0.9 ** t", "sqrt(-1)", "9 ** 9 ** 9", "(" * 300, "~" * 400, "lambda: 1",
    "__import__('os')", "os.system", "a:b", "../../etc/passwd", "\x1b[31m", "\ud800", "a" * 3000, "٣", "²",
    "StepLR", "SequentialLR", "steplr", "AdamW", "LBFGS", "cosine", "wsd", "plateau", "epoch", "step", "hold",
)  # fmt: skip
KEYS = (
    "type", "args", "class_path", "init_args", "_target_", "interval", "frequency", "monitor", "where", "preset",
    "optimizer", "schedulers", "warmup", "metrics", "adjust", "groups", "name", "lr", "betas", "last_epoch",
    "milestones",
    "total_steps", "T_max", "gamma", "lr_lambda", "run", "plot", "schedules", "epochs", "steps", "dataset_size", "x-a",
    "", "<<", "zz", "__class__", "model_config", "copy", "length", "values", "then", "decay", "end",
)  # fmt: skip
TEXTS = (
    *"!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~\\",
    "\n",
    "\t",
    "- ",
    ": ",
    "&a ",
    "*a ",
    "!x ",
    "<<: ",
    "\x00",
    "\x1b",
    "---\n",
)


def good_documents() -> list[Any]:
    run = {"epochs": 6, "steps_per_epoch": 4, "tokens_per_step": 100}
    optimizer = {"type": "AdamW", "lr": 0.1, "groups": [{"name": "a", "lr": 0.01}, {"name": "b"}]}
    documents: list[Any] = [
        {
            "run": run,
            "optimizer": optimizer,
            "schedules": {"a": preset.schedule},
            "plot": {"x": "epoch", "dpi": 90},
        }
        for preset in presets.presets().values()
        if not preset.parameters
    ]
    documents += [
        {"run": run, "optimizer": name, "schedules": {"a": {"preset": preset.name, "warmup": "5%"}}}
        for preset, name in zip(presets.presets().values(), [*catalog.optimizers()] * 9, strict=False)
    ]
    return [yaml12.load(yaml.safe_dump(document).encode()) for document in documents]


def paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from paths(child, (*path, key))


def at(node: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        node = node[key]
    return node


def bent(document: Any, chance: random.Random) -> str:
    """Change a document in one to three places: a value, a key, a level more, a piece less."""
    document = copy.deepcopy(document)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        path = chance.choice([path for path in paths(document) if path])
        parent, key, value = at(document, path[:-1]), path[-1], copy.deepcopy(chance.choice(VALUES))
        what = chance.random()
        if what < 0.5:
            parent[key] = value
        elif what < 0.6:
            parent[key] = [parent[key]] if chance.random() < 0.5 else {chance.choice(KEYS): parent[key]}
        elif what < 0.7:
            del parent[key]
        elif isinstance(parent, dict):
            parent[chance.choice(KEYS)] = parent.pop(key) if what < 0.85 else value
        if not document or not [path for path in paths(document) if path]:
            break
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def torn(text: str, chance: random.Random) -> str:
    """Change a text in one to three places: a piece cut out, or something put in."""
    for _ in range(chance.choice((1, 2, 3))):
        start = chance.randrange(len(text) + 1)
        text = (
            text[:start]
            + (chance.choice(TEXTS) if chance.random() < 0.6 else "")
            + text[start + chance.randrange(6) :]
        )
    return text


def refusal_of(word: str) -> str | None:
    """Read a word; return what is said if it is refused, None if it is read. Anything else passes through."""
    try:
        readers.read(word)
    except LrvizError as error:
        return str(error)
    return None


def is_in_words(message: str) -> bool:
    return bool(message) and message.replace("\n", "").isprintable()


def test_a_bent_spec_is_read_or_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    chance = random.Random(20261120)
    good = good_documents()
    assert good
    refused = stepped = 0
    for case in range(CASES):
        document = chance.choice(good)
        text = bent(document, chance) if case % 3 else torn(yaml.safe_dump(document, sort_keys=False), chance)
        Path("c.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")
        began = time.monotonic()
        message = refusal_of("c.yaml")
        if message is not None:
            refused += 1
            assert is_in_words(message), text
        else:
            stepped += stepped_or_refused(text)
        assert time.monotonic() - began < PATIENCE, text
    assert refused > CASES / 2
    assert stepped > CASES / 25


def stepped_or_refused(text: str) -> bool:
    """Step what was read, if it is small; tell whether torch took it."""
    spec = readers.read("c.yaml")
    assert len(spec) == len(yaml12.load(text.encode())["schedules"]), text
    if (
        sum(curve.clock.steps * len(curve.optimizer.groups) for curve in spec if isinstance(curve, Curve))
        > SMALL
    ):
        return False
    try:
        return len(pipeline.simulate(spec)) == len(spec)
    except LrvizError as error:
        message = str(error)
    assert is_in_words(message), text
    return False


def test_every_key_of_a_good_spec_may_be_set_to_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    document = good_documents()[0]
    Path("c.yaml").write_text(yaml.safe_dump(document))
    assert refusal_of("c.yaml") is None
    places = [path for path in paths(document) if path]
    assert places
    for path in places:
        for value in (None, [], {}, True, "x", 3):
            changed = copy.deepcopy(document)
            at(changed, path[:-1])[path[-1]] = value
            Path("c.yaml").write_text(yaml.safe_dump(changed))
            message = refusal_of("c.yaml")
            assert message is None or message.startswith("c.yaml:")


def test_a_bent_word_is_read_or_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    chance = random.Random(20261120)
    names = presets.names()
    for _ in range(CASES):
        value = chance.choice([value for value in VALUES if not isinstance(value, int)])
        word = f"{chance.choice(names)}:{chance.choice(KEYS)}={value},{chance.choice(KEYS)}=2"
        word = torn(word, chance) if chance.random() < 0.5 else word
        message = None if word == readers.STDIN else refusal_of(word)
        assert message is None or is_in_words(message)
