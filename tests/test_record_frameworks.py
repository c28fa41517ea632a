"""``lrviz record`` under the frameworks that call ``optimizer.step()`` for a script; each script keeps its own log."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from recorded import Run, recorded

# torchvision, which these frameworks import where it is there, does not load beside a torch of another build until the
# operators that it misses are declared.
DECLARED = """
import json, torch
try:
    import torchvision
except ModuleNotFoundError:
    pass
except RuntimeError:
    missing = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        missing.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
lrs = []

def log(optimizer):
    lrs.append([group["lr"] for group in optimizer.param_groups])
"""
KEPT = '\njson.dump(lrs, open("log.json", "w"))\n'

HF = """
from transformers import Trainer, TrainerCallback, TrainingArguments

class Data(torch.utils.data.Dataset):
    def __len__(self): return 37
    def __getitem__(self, index): return {"x": torch.ones(2), "labels": torch.tensor(1.0)}

class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.norm = torch.nn.Linear(2, 1), torch.nn.LayerNorm(1)
    def forward(self, x, labels):
        y = self.norm(self.linear(x))[:, 0]
        return {"loss": (y - labels).square().mean(), "logits": y}

class Log(TrainerCallback):
    def on_pre_optimizer_step(self, args, state, control, optimizer, **others): log(optimizer)

args = TrainingArguments(
    output_dir="out", num_train_epochs=3, per_device_train_batch_size=4, gradient_accumulation_steps=2,
    learning_rate=1e-3, weight_decay=0.1, lr_scheduler_type="cosine", warmup_steps=3,
    report_to=[], use_cpu=True, save_strategy="no", disable_tqdm=True, logging_strategy="no",
)
Trainer(Model(), args, train_dataset=Data(), callbacks=[Log()]).train()
"""

LIGHTNING = """
import lightning
from torch.utils.data import DataLoader, TensorDataset

class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 1)
    def training_step(self, batch, index): return self.linear(batch[0]).square().mean()
    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.1)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)]
    def on_before_optimizer_step(self, optimizer): log(optimizer)

trainer = lightning.Trainer(
    max_epochs=6, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
    enable_model_summary=False,
)
trainer.fit(Module(), DataLoader(TensorDataset(torch.ones(12, 2)), batch_size=4))
"""

LIGHTNING_GAN = LIGHTNING.replace(
    """        self.linear = torch.nn.Linear(2, 1)
    def training_step(self, batch, index): return self.linear(batch[0]).square().mean()
    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.1)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)]
""",
    """        self.automatic_optimization = False
        self.g, self.d = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    def training_step(self, batch, index):
        opt_g, opt_d = self.optimizers()
        self.manual_backward(self.g(batch[0]).square().mean())
        opt_g.step()
        self.manual_backward(self.d(batch[0]).square().mean())
        opt_d.step()
    def configure_optimizers(self):
        return torch.optim.Adam(self.g.parameters(), lr=0.1), torch.optim.Adam(self.d.parameters(), lr=0.2)
""",
)

ACCELERATE = """
from accelerate import Accelerator

accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
batches = torch.utils.data.DataLoader(torch.ones(12, 2), batch_size=2)
model, optimizer, scheduler, batches = accelerator.prepare(model, optimizer, scheduler, batches)
for epoch in range(2):
    for batch in batches:
        with accelerator.accumulate(model):
            accelerator.backward(model(batch).square().mean())
            if accelerator.sync_gradients:
                log(optimizer)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
"""

TIMM = """
from timm.optim import create_optimizer_v2

model = torch.nn.Linear(2, 1)
optimizer = create_optimizer_v2(model, opt="lookahead_adamw", lr=0.1)
for update in range(8):
    model(torch.ones(1, 2)).sum().backward()
    log(optimizer)
    optimizer.step()
    for group in optimizer.param_groups:
        group["lr"] *= 0.5
"""

RUNS = {
    # what it needs: the script, its updates, its optimizer
    "transformers": (HF, 15, "AdamW"),
    "lightning": (LIGHTNING, 18, "AdamW"),
    "accelerate": (ACCELERATE, 6, "SGD"),
    "timm": (TIMM, 8, "AdamW"),
}


def run_of(framework: str, script: str, folder: Path, *options: str) -> Run:
    if find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    return recorded(folder, DECLARED + script + KEPT, *options)


@pytest.mark.parametrize("framework", RUNS)
def test_what_is_recorded_is_what_the_script_logged_before_each_step(framework: str, tmp_path: Path) -> None:
    script, updates, kind = RUNS[framework]
    run = run_of(framework, script, tmp_path)
    assert run.code == 0, run.err
    assert run.err.endswith(f"recorded {updates} updates of {kind}; wrote run.json\n")
    logged = json.loads((tmp_path / "log.json").read_text())
    assert len(logged) == updates
    assert len({tuple(lrs) for lrs in logged}) > 2
    assert run.trace.lr.tolist() == logged
    assert run.trace.optimizer == kind


def test_the_groups_of_a_trainer_of_hugging_face_differ_in_their_weight_decay(tmp_path: Path) -> None:
    run = run_of("transformers", HF, tmp_path)
    assert run.trace.weight_decay is not None
    assert run.trace.weight_decay[0].tolist() == [0.1, 0.0]
    assert run.trace.final_lr == (0.0, 0.0)


@pytest.mark.parametrize("framework", RUNS)
def test_a_run_under_a_framework_is_stopped_after_so_many_updates(framework: str, tmp_path: Path) -> None:
    script, _, kind = RUNS[framework]
    run = run_of(framework, script, tmp_path, "--max-updates", "3")
    assert run.code == 0, run.err
    assert run.err.endswith(
        f"recorded 3 updates of {kind}; stopped there, as --max-updates says; wrote run.json\n"
    )
    assert len(run.trace) == 3


def test_the_optimizers_of_manual_optimization_have_the_names_that_the_step_gives_them(
    tmp_path: Path,
) -> None:
    run = run_of("lightning", LIGHTNING_GAN, tmp_path)
    assert run.code == 0, run.err
    assert {name: trace.lr[:, 0].tolist() for name, trace in run.traces.items()} == {
        "opt_g": [0.1] * 18,
        "opt_d": [0.2] * 18,
    }
