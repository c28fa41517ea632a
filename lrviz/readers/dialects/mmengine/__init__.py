"""A config of mmengine's Runner → a spec: its loop's clock, its optimizer's groups, its parameter schedulers."""

from __future__ import annotations

import re
from typing import Any

from lrviz.errors import shown
from lrviz.readers.dialects.draft import Config, Draft
from lrviz.readers.dialects.mmengine.clock import Loop, loop_of, put_run
from lrviz.readers.dialects.mmengine.optimizers import put_optimizer
from lrviz.readers.dialects.mmengine.schedules import put_schedules
from lrviz.readers.given import Given
from lrviz.spec.document import Mapping

ABOUT = "the config of mmengine's Runner"
# Numbers to us, and texts to mmengine's YAML reader: an exponent without a point before it, or without a sign.
TEXTS = r"[-+]?(\d+[eE][-+]?\d+|\d*\.\d*[eE]\d+)(?![\d.])"
# mmengine's own hooks that leave the LR alone.
HOOKS = ("CheckpointHook", "DistSamplerSeedHook", "EMAHook", "EmptyCacheHook", "IterTimerHook", "LoggerHook",
         "NaiveVisualizationHook", "NPUProfilerHook", "PrepareTTAHook", "ProfilerHook", "RuntimeInfoHook",
         "SyncBuffersHook", "TestTimeAugHook")  # fmt: skip
OURS = ("run", "optimizer", "schedules", "trainer")


def matches(document: Mapping) -> bool:
    """Whether a document is told to a Runner, and holds nothing of ours."""
    signs = ("optim_wrapper", "param_scheduler", "train_dataloader")
    return (
        "train_cfg" in document
        and any(sign in document for sign in signs)
        and not any(key in document for key in OURS)
    )


def translate(config: Config, given: Given) -> Draft:
    """Write what the Runner does with its config.

    Raises:
        SpecError: with everything that is wrong with it, or missing.
    """
    draft = Draft(config.document, given, ABOUT)
    _check_hooks(draft)
    if str(draft.config.place.file).endswith((".yaml", ".yml")):
        for key in ("optim_wrapper", "param_scheduler"):
            _check_numbers(draft, draft.config.get(key), config.text.splitlines())
    loop = loop_of(draft)
    wrapper: Any = draft.config.get("optim_wrapper")
    if not isinstance(wrapper, Mapping) or not isinstance(wrapper.get("optimizer"), Mapping):
        many = isinstance(wrapper, Mapping) and any(isinstance(one, Mapping) for one in wrapper.values())
        message = (
            "several optimizers are not supported; keep one of them, as optim_wrapper: {optimizer: {...}}"
            if many
            else f"{shown(wrapper)} holds no optimizer; write optim_wrapper: {{optimizer: {{type: SGD, lr: 0.1}}}}"
        )
        draft.refuse(draft.config.at("optim_wrapper"), message)
        return draft.finished()
    if loop is not None:
        _put(draft, loop, wrapper)
    return draft.finished()


def _put(draft: Draft, loop: Loop, wrapper: Mapping) -> None:
    put_run(draft, loop, wrapper)
    put_optimizer(draft, wrapper)
    put_schedules(draft, loop)


def _check_hooks(draft: Draft) -> None:
    """Look at what else may bear on the LR: hooks, and a run that goes on from another."""
    config = draft.config
    hooks = config.get("default_hooks")
    if isinstance(hooks, Mapping) and "param_scheduler" in hooks and hooks["param_scheduler"] is None:
        draft.refuse(
            hooks.at("param_scheduler"), "without this hook nothing steps the schedulers; delete this line"
        )
    if isinstance(hooks, Mapping) and hooks.get("param_scheduler") is not None:
        kind = _kind(hooks["param_scheduler"])
        if kind != "ParamSchedulerHook":
            message = f"{kind} steps the schedulers in a way of its own, and lrviz does not know it"
            draft.refuse(hooks.at("param_scheduler"), f"{message}; write type: ParamSchedulerHook")
    custom = config.get("custom_hooks")
    for hook in custom if isinstance(custom, list) else ():
        kind = _kind(hook)
        if kind == "EarlyStoppingHook":
            draft.note("EarlyStoppingHook may end the run before; the schedule is the same until then")
        elif kind not in HOOKS:
            draft.note(f"{kind} of custom_hooks is not followed; if it sets the LR, the curve is another")
    for key in ("lr_config", "momentum_config", "optimizer_config"):
        if config.get(key) is not None:
            draft.note(f"{key} does not count: it is of mmcv 1, and mmengine's Runner does not read it")
    if config.get("resume"):
        draft.note("resume: the whole run is drawn, from its first update on")


def _kind(hook: Any) -> str:
    return str(hook.get("type") if isinstance(hook, dict) else hook).rpartition(".")[2]


def _check_numbers(draft: Draft, found: Any, lines: list[str]) -> None:
    """Refuse numbers that mmengine reads as texts, with which the optimizer or the scheduler would crash."""
    if isinstance(found, list):
        for item in found:
            _check_numbers(draft, item, lines)
    if not isinstance(found, Mapping):
        return
    for key, value in found.items():
        line = found.at(key).line
        if isinstance(value, float) and line:
            written = re.search(rf"\b{re.escape(key)}[\"']?\s*:\s*({TEXTS})", lines[line - 1])
            if written:
                message = f"mmengine's YAML reader takes {written[1]} for a text, and crashes"
                draft.refuse(found.at(key), f"{message}; write {_dotted(written[1])}")
        _check_numbers(draft, value, lines)


def _dotted(number: str) -> str:
    base, _, exponent = number.lower().partition("e")
    return f"{base if '.' in base else f'{base}.0'}e{exponent if exponent[0] in '+-' else f'+{exponent}'}"
