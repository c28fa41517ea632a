"""The JSON Schema says what the language says: what is good validates, what is bad does not, every key is explained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from lrviz import catalog, presets, readers
from lrviz.catalog import yaml12
from lrviz.commands import schema as command
from lrviz.spec.schema import json_schema

SCHEMA = json_schema()
VALIDATOR = Draft7Validator(SCHEMA)
RUN = "run: {epochs: 10, steps_per_epoch: 5, tokens_per_step: 100}\n"
CONFIGS = Path(__file__).parents[1] / "configs"


def table(name: str) -> dict[str, str]:
    """Read a table of specs: ``### what it shows``, then the spec."""
    blocks = (Path(__file__).parent / "data" / name).read_text(encoding="utf-8").split("### ")[1:]
    return {title: spec for title, _, spec in (block.partition("\n") for block in blocks)}


GOOD, BAD = table("good_specs.txt"), table("bad_for_editors.txt")


def wrong(spec: str) -> list[str]:
    return [
        f"{list(e.absolute_path)}: {e.message}" for e in VALIDATOR.iter_errors(yaml12.load(spec.encode()))
    ]


def test_the_schema_is_valid_draft_7_and_plain_json() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_the_tables_are_not_empty() -> None:
    assert len(GOOD) > 20
    assert len(BAD) > 30


@pytest.mark.parametrize("spec", GOOD.values(), ids=GOOD)
def test_a_good_spec_validates_and_is_read(spec: str, tmp_path: Path) -> None:
    assert wrong(spec) == []
    path = tmp_path / "c.yaml"
    path.write_text(spec if "run:" in spec else RUN + spec)
    assert len(readers.read(str(path))) >= 1


@pytest.mark.parametrize("spec", BAD.values(), ids=BAD)
def test_a_bad_spec_does_not_validate_and_is_refused(spec: str, tmp_path: Path) -> None:
    assert wrong(spec)
    path = tmp_path / "c.yaml"
    path.write_text(spec if "run:" in spec else RUN + spec)
    with pytest.raises(readers.SpecError):
        readers.read(str(path))


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_validates_by_name_and_written_out(name: str) -> None:
    preset = presets.presets()[name]
    parameters = {parameter.name: parameter.default for parameter in preset.parameters}
    assert list(VALIDATOR.iter_errors({"schedules": {"a": {"preset": name, **parameters}}})) == []
    if not parameters:
        assert list(VALIDATOR.iter_errors({"schedules": {"a": preset.schedule}})) == []


def test_every_config_validates() -> None:
    files = sorted(CONFIGS.glob("**/*.yaml"))
    assert files
    for file in files:
        assert wrong(file.read_text(encoding="utf-8")) == [], file.name


def test_every_argument_of_every_class_is_explained() -> None:
    entries = [
        (f"{kind} {name}", entry)
        for kind, table in (("scheduler", catalog.schedulers()), ("optimizer", catalog.optimizers()))
        for name, entry in table.items()
    ]
    assert entries
    for key, entry in entries:
        definition = SCHEMA["definitions"][key]
        assert definition["description"] == entry.about
        for argument in entry.arguments:
            assert definition["properties"][argument.name]["description"] == argument.about


def test_every_property_has_a_description() -> None:
    properties = list(described(SCHEMA, "spec"))
    assert len(properties) > 300
    assert [path for path, schema in properties if not schema.get("description")] == []


def described(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk to every property that a person may write; a branch's keys that stand elsewhere explain nothing."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from described(item, f"{path}[{index}]")
    if not isinstance(node, dict):
        return
    for name, schema in node.get("properties", {}).items():
        plain = path.endswith("if") or schema is True or "$ref" in schema or name in ("type", "args")
        if not plain:
            yield f"{path}.{name}", schema
    for key, child in node.items():
        if key == "properties":
            for name, schema in child.items():
                yield from described(schema, f"{path}.{name}")
        else:
            yield from described(child, f"{path} {key}")


def test_the_command_writes_it_as_json_does_with_an_indent(capsys: pytest.CaptureFixture[str]) -> None:
    command.schema()
    assert capsys.readouterr().out == json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n"
