"""The ``model:`` of a LightningCLI config whose optimizer is the model's own → a curve with that module."""

from __future__ import annotations

from lrviz.errors import shown
from lrviz.readers.dialects.draft import Config, Draft
from lrviz.readers.dialects.lightning.trainer import Loop
from lrviz.spec.document import Mapping, Problems
from lrviz.spec.foreign import code_of


def put_module(document: Mapping, trainer: Mapping, run: Loop, config: Config, draft: Draft) -> None:
    """Write the LightningModule that has the optimizer, and the Trainer that it sees; it must be trusted."""
    if document.get("lr_scheduler") is not None:
        draft.note(
            "lr_scheduler does not count: LightningCLI builds none where there is no optimizer: section"
        )
    model = document.get("model")
    path = model.get("class_path") if isinstance(model, Mapping) else model
    if not isinstance(path, str):
        found = "there is no optimizer: here" if model is None else f"{shown(model)} names no class"
        message = f"{found}, so it is made by the model's configure_optimizers"
        draft.refuse(
            document.at("model"),
            f"{message}; write model: {{class_path: package.module.LitModel}}, with --trust",
        )
        return
    at = model.at("class_path") if isinstance(model, Mapping) else document.at("model")
    problems = Problems()
    if code_of(path, at, config.trust, problems) is None:
        for problem in problems.found:
            draft.refuse(problem.place, problem.message)
        return
    name = path.rpartition(".")[2].rpartition(":")[2]
    curve = ("schedules", name, "module")
    draft.put((*curve, "type"), path, at, "model, whose configure_optimizers is called")
    if isinstance(model, Mapping) and model.get("init_args"):
        draft.put((*curve, "args"), model["init_args"], model.at("init_args"))
    settings = {
        "max_epochs": run.max_epochs,
        "max_steps": run.max_steps,
        "accumulate_grad_batches": run.accumulate,
        "num_nodes": run.nodes,
        "devices": run.devices or draft.given.devices or 1,
    }
    draft.put((*curve, "trainer"), settings, trainer.place, "what self.trainer says")
    for metric, values in draft.given.metrics.items():
        told = list(values)
        draft.put(("schedules", name, "metrics", metric, "values"), told, trainer.place, f"--metric {metric}")
        draft.put(("schedules", name, "metrics", metric, "then"), "hold", trainer.place)
