"""A Curve → plain torch: ``configure(model)``, and the training loop that steps what it returns."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.codegen.objects import Module, optimizer_call, scheduler_call
from lrviz.codegen.printing import Call, block, lines_of
from lrviz.codegen.reacting import Due, courses, names_of, per_update, reactions, state
from lrviz.errors import LrvizError
from lrviz.spec.curve import Curve, Resume


def code(curve: Curve, about: list[str]) -> str:
    """Write the file.

    Raises:
        LrvizError: if something of the curve cannot be said in code.
    """
    module = Module(curve.clock)
    module.taken |= {"configure", "train", "resume", "run"}
    if curve.resume is None:
        body = [*configure(curve, module), "", "", *_train(curve, module)]
    else:
        body = _resumed(curve, curve.resume, module)
    if module.notes:
        about = [*about, *module.notes]
    return module.text(about, body)


def configure(curve: Curve, module: Module, name: str = "configure", argument: str = "model") -> list[str]:
    """Write the function that builds the optimizer and the schedulers."""
    names = names_of(curve)
    optimizer = optimizer_call(curve, module, f"{argument}.parameters()")
    lines = [f"def {name}({argument}):", '    """Build the optimizer and its schedulers."""']
    if len(curve.optimizer.groups) > 1 or "held[" in str(optimizer):
        lines.append(f"    held = parameters({argument})")
    lines += lines_of("optimizer = ", optimizer, 4)
    for spec, one in zip(curve.schedulers, names, strict=True):
        lines += lines_of(f"{one} = ", scheduler_call(spec, curve, module), 4)
    return [*lines, f"    return optimizer, [{', '.join(names)}]"]


def unpacked(names: Sequence[str], value: str) -> list[str]:
    """Write how the schedulers get their names back."""
    if not names:
        return []
    return [f"({names[0]},) = {value}" if len(names) == 1 else f"{', '.join(names)} = {value}"]


def _train(curve: Curve, module: Module) -> list[str]:
    clock, names = curve.clock, names_of(curve)
    after, later = per_update(curve, names), reactions(curve, names)
    measured = ", measure" if _measures(curve) else ""
    per_epoch = clock.steps_per_epoch
    head = [f"def train(model, batches, loss_of{measured}):"]
    held = "schedulers" if names else "_"
    body = [f"optimizer, {held} = configure(model)", *unpacked(names, held), *state(curve)]
    first = courses(curve, module, "0")
    again = [line.replace("(0)", "(update)") for line in first]
    body += first
    if per_epoch is None or (per_epoch >= clock.steps and clock.steps % per_epoch):
        about = _docstring(
            curve, f"{clock.steps:,} updates", "batches gives one update's batch after another"
        )
        loop = [f"for update, batch in zip(range(1, {clock.steps + 1:_}), batches):"]
        inside = [*_update(curve), *_due(after, "update"), *again, *_due(later, "update")]
        return [*head, *block([*about, *body, *loop, *block(inside)])]
    whole, over = divmod(clock.steps, per_epoch)
    epochs = whole + bool(over)
    told = f"{clock.steps:,} updates, {epochs:,} epochs of {per_epoch:,}" + (
        ", the last cut short" if over else ""
    )
    about = _docstring(curve, told, f"batches(epoch) gives the {per_epoch:,} batches of an epoch")
    nested = all(due.period % per_epoch == 0 for due in later)
    counted = bool(over) or any(due.period > 1 for due in after) or bool(curve.courses) or not nested
    counted = counted or any("update" in line for due in later for line in due.lines)
    inside = _update(curve) + (["update += 1"] if counted else []) + _due(after, "update") + again
    if not nested:
        inside += _due(later, "update")
    if over:
        inside += [f"if update == {clock.steps:_}:", "    return"]
    body += ["update = 0"] if counted else []
    loop = [f"for epoch in range({epochs:_}):", "    for batch in batches(epoch):", *block(inside, 8)]
    if nested:
        loop += block(_due([Due(d.period // per_epoch, d.lines) for d in later], "(epoch + 1)"))
    return [*head, *block([*about, *body, *loop])]


def _measures(curve: Curve) -> bool:
    expressions = [
        e for rule in curve.rules for e in ([rule.when] if rule.when else []) + [c for _, c in rule.changes]
    ]
    return bool(curve.metrics) or any("loss" in e.names for e in expressions)


def _docstring(curve: Curve, told: str, batches: str) -> list[str]:
    lines = [f'"""Train for {told}.', "", f"{batches}, loss_of(model, batch) the loss of one."]
    if curve.clock.accumulate > 1:
        lines.append(
            f"A batch here is what an update sees: a list of {curve.clock.accumulate} to accumulate."
        )
    if _measures(curve):
        lines.append("measure(model, name) gives the value of a metric.")
    return [*lines, '"""']


def _update(curve: Curve) -> list[str]:
    backward = ["loss_of(model, batch).backward()"]
    if curve.clock.accumulate > 1:
        each = f"(loss_of(model, part) / {curve.clock.accumulate}).backward()"
        backward = ["for part in batch:", f"    {each}"]
    if curve.optimizer.type != "LBFGS":
        return ["optimizer.zero_grad()", *backward, "optimizer.step()"]
    return [
        "",
        "def closure(batch=batch):",
        "    optimizer.zero_grad()",
        "    loss = loss_of(model, batch)",
        "    loss.backward()",
        "    return loss",
        "",
        "optimizer.step(closure)",
    ]


def _due(found: Sequence[Due], count: str) -> list[str]:
    lines: list[str] = []
    last = 1
    for due in found:
        if due.period == 1:
            lines += due.lines
        elif due.period == last:
            lines += block(due.lines)
        else:
            lines += [f"if {count} % {due.period:_} == 0:", *block(due.lines)]
        last = due.period
    return lines


def _resumed(curve: Curve, resume: Resume, module: Module) -> list[str]:
    """Write a run that stops, is saved, and goes on with what is built anew."""
    before = resume.before
    if resume.replay and any(spec.monitor for spec in curve.schedulers):
        why = "metrics are measured once, and a scheduler that is called anew wants them again; delete replay"
        raise LrvizError(f"{resume.place}: resume.replay: {why}")
    names = names_of(curve)
    loop = _until(curve, names, module)
    lines = [*configure(before, module), "", "", *_go_on(curve, resume, module), "", "", *loop, "", ""]
    measured = ", measure" if _measures(curve) else ""
    lines += [
        f"def run(model, batches, loss_of{measured}):",
        f'    """Train up to update {resume.at:,}, save, build everything anew, load, and train on."""',
        "    optimizer, schedulers = configure(model)",
        f"    train(model, optimizer, schedulers, batches, loss_of{measured}, 0, {resume.at:_})",
        "    saved = copy.deepcopy(",
        "        {",
        '            "optimizer": optimizer.state_dict(),',
        '            "schedulers": [one.state_dict() for one in schedulers],',
        "        }",
        "    )  # or torch.save(...) and, in a new process, torch.load(...)",
        "    optimizer, schedulers = resume(model, saved)",
        f"    train(model, optimizer, schedulers, batches, loss_of{measured}, {resume.at:_}, {curve.clock.steps:_})",
    ]
    module.plain.add("copy")
    return lines


def _go_on(curve: Curve, resume: Resume, module: Module) -> list[str]:
    names = names_of(curve)
    load = ['optimizer.load_state_dict(saved["optimizer"])'] if "optimizer" in resume.restore else []
    lines = lines_of("optimizer = ", optimizer_call(curve, module, "model.parameters()"))
    if any("held[" in line for line in lines):
        lines.insert(0, "held = parameters(model)")
    lines += load if resume.order == "load-then-build" else []
    for spec, name in zip(curve.schedulers, names, strict=True):
        call: Call = scheduler_call(spec, curve, module, resume.last_epoch)
        lines += lines_of(f"{name} = ", call, 0)
    lines += load if resume.order == "build-then-load" else []
    if "scheduler" in resume.restore:
        lines += [f'{name}.load_state_dict(saved["schedulers"][{i}])' for i, name in enumerate(names)]
    if resume.replay:
        clock = curve.clock
        again = [
            Due(clock.period(s.interval, s.frequency), (f"{n}.step()",))
            for s, n in zip(curve.schedulers, names, strict=True)
        ]
        lines += [f"for update in range(1, {resume.at + 1:_}):", *block(_due(again, "update"))]
    about = [
        "def resume(model, saved):",
        '    """Build the optimizer and its schedulers anew, and load what was saved."""',
    ]
    return [*about, *block(lines), f"    return optimizer, [{', '.join(names)}]"]


def _until(curve: Curve, names: list[str], module: Module) -> list[str]:
    measured = ", measure" if _measures(curve) else ""
    body = [*unpacked(names, "schedulers"), *state(curve)]
    first = courses(curve, module, "first")
    after, later = per_update(curve, names), reactions(curve, names)
    again = [line.replace("(first)", "(update)") for line in first]
    inside = [*_update(curve), *_due(after, "update"), *again, *_due(later, "update")]
    head = f"def train(model, optimizer, schedulers, batches, loss_of{measured}, first, last):"
    about = '"""Train from one update to another: batches gives one batch after another."""'
    loop = ["for update, batch in zip(range(first + 1, last + 1), batches):", *block(inside)]
    return [head, *block([about, *body, *first, *loop])]
