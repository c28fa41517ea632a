"""A schedule that was found → the spec that says it, as YAML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrviz.fitting.groups import Grouped
from lrviz.fitting.points import Pace

WIDTH = 88  # columns


@dataclass(frozen=True)
class Run:
    """What is known of a run besides its LR.

    Args:
        steps: updates.
        steps_per_epoch: updates per epoch; None: it counts none.
        optimizer: its class.
        groups: the names of its parameter groups.
    """

    steps: int
    steps_per_epoch: int | None
    optimizer: str
    groups: tuple[str, ...]


def spec_text(found: Grouped, pace: Pace, run: Run) -> str:
    """Write the spec of a schedule."""
    lines = [f"run: {_flow(_run(run, pace))}", f"optimizer: {_flow(_optimizer(found, run))}"]
    if len(lines[1]) > WIDTH:
        whole = _optimizer(found, run)
        groups = whole.pop("groups")
        lines[1:] = ["optimizer:", *(f"  {key}: {_flow(value)}" for key, value in whole.items()), "  groups:"]
        lines += [f"    - {_flow(group)}" for group in groups]
    if found.scheduler is None:
        return "\n".join([*lines, "schedules:", "  fitted: {}"]) + "\n"
    kind = {"type": found.scheduler["type"], "interval": pace.interval}
    scheduler = {**kind, **found.scheduler}
    flow = f"  fitted: {_flow(scheduler)}"
    if len(flow) <= WIDTH:
        return "\n".join([*lines, "schedules:", flow]) + "\n"
    lines += ["schedules:", "  fitted:"]
    for key, value in scheduler.items():
        if key == "schedulers":
            lines += ["    schedulers:", *(f"      - {_flow(item)}" for item in value)]
        else:
            lines.append(f"    {key}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _run(run: Run, pace: Pace) -> dict[str, Any]:
    per_epoch = pace.steps_per_epoch
    if per_epoch is None:
        return {"steps": run.steps}
    if run.steps % per_epoch == 0:
        return {"epochs": run.steps // per_epoch, "steps_per_epoch": per_epoch}
    return {"steps": run.steps, "steps_per_epoch": per_epoch}


def _optimizer(found: Grouped, run: Run) -> dict[str, Any]:
    if len(found.lrs) == 1:
        return {"type": run.optimizer, "lr": found.lrs[0]}
    groups = [
        {"name": name, "lr": lr} if lr != found.lrs[0] else {"name": name}
        for name, lr in zip(run.groups, found.lrs, strict=True)
    ]
    return {"type": run.optimizer, "lr": found.lrs[0], "groups": groups}


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value if value.replace("_", "").isalnum() and not value[0].isdigit() else _quoted(value)
    return repr(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
