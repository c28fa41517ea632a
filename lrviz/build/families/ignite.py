"""A parameter scheduler of ignite → the same, called at the events of an engine that it would be attached to.

At ``event: started`` (the default) a call sets the value of the update, or of the epoch, that begins; at ``event:
completed`` that of the one after it.
"""

from __future__ import annotations

from inspect import Parameter, signature
from types import SimpleNamespace
from typing import Any

from ignite import handlers
from ignite.handlers import param_scheduler
from torch.optim import Optimizer

from lrviz import catalog
from lrviz.build.families.evaluated import Evaluated
from lrviz.build.optimizers import class_at
from lrviz.catalog.families import member_of
from lrviz.spec.expressions import expression_of

WITHOUT_OPTIMIZER = (
    "ConcatScheduler",
    "ParamGroupScheduler",
    "LRScheduler",
    "create_lr_scheduler_with_warmup",
)
PLATEAU = "ReduceLROnPlateauScheduler"
EVENTS = ("started", "completed")
OURS = ("event", "events", "epoch_length")  # arguments that say when it is called
FUNCTIONS = ("lr_lambda", "scale_fn")  # arguments of torch's schedulers that are arithmetic in texts


class Attached:
    """A scheduler of ignite, as an engine calls it.

    Args:
        live: ignite's own.
        started: whether it is called where an update, or an epoch, starts.
        events: which of the calls reach it; (): all.
        epoch_length: updates in an epoch, where some events are epochs.
    """

    def __init__(
        self, live: Any, started: bool, events: tuple[dict[str, Any], ...] = (), epoch_length: int = 1
    ) -> None:
        self.live, self.started, self.events, self.epoch_length = live, started, events, epoch_length
        self.count = 0
        if started:
            self._fire()

    def step(self) -> None:
        """Go on to the next event."""
        self._fire()

    def state_dict(self) -> dict[str, Any]:
        """Save ignite's own state, and the count of events."""
        return {"live": self.live.state_dict(), "count": self.count}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Load what was saved."""
        self.live.load_state_dict(state["live"])
        self.count = state["count"]

    def _fire(self) -> None:
        self.count += 1
        times = 1 if not self.events else sum(self._meets(event) for event in self.events)
        for _ in range(times):
            self.live(None)

    def _meets(self, event: dict[str, Any]) -> bool:
        """Whether an event is met at this count: iterations and epochs are counted from 1."""
        number = self.count
        if event.get("on", "iteration") == "epoch":
            before = number - 1 if self.started else number
            if before % self.epoch_length:
                return False
            number = before // self.epoch_length + (1 if self.started else 0)
        inside = event.get("from", 1) <= number <= event.get("to", number)
        return bool(inside and number % event.get("every", 1) == 0)


class Plateau(Evaluated):
    """ignite's ReduceLROnPlateauScheduler, called where an evaluation completes."""

    def step(self, metric: float | None = None) -> None:
        """Tell it the metric, as an evaluator's state holds it."""
        if metric is not None:
            self.live(SimpleNamespace(state=SimpleNamespace(metrics={self.live.metric_name: metric})))


def make(name: str, optimizer: Optimizer, arguments: dict[str, Any]) -> Any:
    """Make a scheduler of ignite, and those inside it.

    Args:
        name: of its class, or of the function that makes it.
        optimizer: what it steps.
        arguments: ignite's own, a scheduler inside it as ``{type: StepLR, step_size: 6}``; and ``event``, ``events``,
            a list of ``{on: iteration or epoch, from: 1, to: 5, every: 1}``, and the ``epoch_length`` they need.

    Raises:
        ValueError: if it is told when to be called in words that are none, or ignite refuses the others.
    """
    own = {key: value for key, value in arguments.items() if key not in OURS}
    if name == PLATEAU:
        return Plateau(handlers.ReduceLROnPlateauScheduler(optimizer, **{"metric_name": "metric", **own}))
    event, events = arguments.get("event", EVENTS[0]), arguments.get("events") or ()
    if event not in EVENTS:
        raise ValueError(f"event: {event!r} is none; write started or completed")
    for one in events:
        if not isinstance(one, dict) or not set(one) <= {"on", "from", "to", "every"}:
            raise ValueError(f"events: {one!r} is none; write {{on: iteration, from: 1, to: 5}}")
        if one.get("on", "iteration") not in ("iteration", "epoch"):
            raise ValueError(f"events: on: {one['on']!r} is none; write iteration or epoch")
        if one.get("on") == "epoch" and "epoch_length" not in arguments:
            raise ValueError("epoch_length is wanted beside epochs among events; write epoch_length: 1ep")
    live = _live(name, optimizer, own)
    return Attached(live, event == EVENTS[0], tuple(events), arguments.get("epoch_length", 1))


def parameters(name: str) -> list[Parameter]:
    """Find what ignite takes, and what is told here besides."""
    found = getattr(handlers, name, None) or getattr(param_scheduler, name)
    cyclical = isinstance(found, type) and issubclass(found, param_scheduler.CyclicalScheduler)
    own = list(signature(param_scheduler.CyclicalScheduler if cyclical else found).parameters.values())
    words = [*OURS, *(["monotonic"] if name == "LinearCyclicalScheduler" else [])]
    if name not in WITHOUT_OPTIMIZER:
        own = own[1:]
    if name == PLATEAU:  # the metric's name is monitor here, and the rest is torch's
        own = list(signature(class_at(_torchs("ReduceLROnPlateau"))).parameters.values())[1:]
        words.append("param_group_index")
    return [*own, *(Parameter(word, Parameter.KEYWORD_ONLY, default=None) for word in words)]


def _live(name: str, optimizer: Optimizer, arguments: dict[str, Any]) -> Any:
    own = {key: _argument(key, value, optimizer) for key, value in arguments.items()}
    make_it = getattr(handlers, name, None) or getattr(param_scheduler, name)
    return make_it(**own) if name in WITHOUT_OPTIMIZER else make_it(optimizer, **own)


def _argument(key: str, value: Any, optimizer: Optimizer) -> Any:
    if key == "schedulers" and isinstance(value, list):
        return [_inside(one, optimizer) for one in value]
    if key == "lr_scheduler":
        return _inside(value, optimizer)
    if key == "milestones_values" and isinstance(value, list):
        return [tuple(pair) if isinstance(pair, list) else pair for pair in value]
    return value


def _inside(found: Any, optimizer: Optimizer) -> Any:
    """Make a scheduler that stands inside another: one of ignite's, or one of torch's."""
    if not isinstance(found, dict) or not isinstance(found.get("type"), str):
        raise ValueError(f"{found!r} is no scheduler; write {{type: StepLR, step_size: 6}}")
    arguments = {key: value for key, value in found.items() if key != "type"}
    member = member_of(found["type"])
    if member is not None and member.family == "ignite":
        return _live(member.name, optimizer, {**dict(member.defaults), **arguments})
    for key in FUNCTIONS:
        if isinstance(arguments.get(key), str):
            count = "x" if key == "scale_fn" else "t"
            arguments[key] = expression_of(arguments[key], (count,), {}).function_of(count, argument=key)
    return class_at(_torchs(found["type"]))(optimizer, **arguments)


def _torchs(word: str) -> str:
    entry = catalog.find(word, catalog.schedulers())
    if entry is None:
        raise ValueError(f"{word!r} is no scheduler of torch, nor of ignite")
    return entry.path
