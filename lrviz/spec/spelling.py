"""Other spellings of a class (LightningCLI's, Hydra's) → ours: ``type`` with the arguments beside it."""

from __future__ import annotations

from lrviz.errors import Place, shown
from lrviz.spec.document import Mapping, Problems

# (the key that names the class, the key that holds its arguments)
_SPELLINGS = (("class_path", "init_args"), ("_target_", None), ("type", "args"))
HYDRA = ("_partial_", "_convert_", "_recursive_")


def spelled(found: Mapping, problems: Problems) -> Mapping | None:
    """Rewrite a class and its arguments in the one spelling that the rest of the language reads, or None."""
    result = found.without(*HYDRA) if "_target_" in found else found
    for class_key, arguments_key in _SPELLINGS:
        if class_key not in result and arguments_key not in result:
            continue
        if arguments_key and arguments_key in result:
            flat = _flat(result, arguments_key, problems)
            if flat is None:
                return None
            result = flat
        if class_key in result and class_key != "type":
            if "type" in result:
                problems.add(result.at(class_key), f"type is given too; delete {class_key} or type")
            name, place = result[class_key], result.at(class_key)
            result = result.without(class_key)
            result.put("type", name, place)
    return result


def _flat(found: Mapping, key: str, problems: Problems) -> Mapping | None:
    arguments = found[key]
    flat = found.without(key)
    if arguments is None:
        return flat
    if not isinstance(arguments, Mapping):
        problems.add(
            found.at(key), f"{shown(arguments)} is not a mapping of arguments; write {{name: value}}"
        )
        return flat
    for name, value in arguments.items():
        place: Place = arguments.at(name)
        if name in flat:
            problems.add(place, f"{name} is given twice; delete one")
        flat.put(name, value, place)
    return flat
