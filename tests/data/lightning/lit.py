"""Tiny modules: every form that configure_optimizers may return, and hooks of their own."""

from __future__ import annotations

import lightning.pytorch as pl
import torch
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)


class Tiny(pl.LightningModule):
    VALUES = (1.0, 0.9, 0.95, 0.96, 0.8, 0.81, 0.82, 0.83, 0.7, 0.75)

    def __init__(self, interval: str = "epoch", frequency: int = 1, lr: float = 0.1):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 2))
        self.interval, self.frequency, self.lr = interval, frequency, lr
        self.validations = 0

    def training_step(self, batch):
        return self.net(batch).pow(2).mean()

    def validation_step(self, batch):
        pass

    def on_validation_epoch_end(self):
        if not self.trainer.sanity_checking:
            value = self.VALUES[min(self.validations, len(self.VALUES) - 1)]
            self.log("val_loss", torch.tensor(value, dtype=torch.float64))
            self.validations += 1

    def sgd(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr, momentum=0.9)

    def stepped(self, scheduler):
        return {"scheduler": scheduler, "interval": self.interval, "frequency": self.frequency}


class Alone(Tiny):
    def configure_optimizers(self):
        return self.sgd()


class Tuple(Tiny):
    def configure_optimizers(self):
        optimizer = self.sgd()
        return [optimizer], [StepLR(optimizer, 2, 0.5)]


class Groups(Tiny):
    def configure_optimizers(self):
        head = {"params": list(self.net[1].parameters()), "lr": self.lr / 10, "name": "head"}
        optimizer = torch.optim.AdamW([{"params": list(self.net[0].parameters())}, head], lr=self.lr)
        total = int(self.trainer.estimated_stepping_batches)
        return {"optimizer": optimizer, "lr_scheduler": self.stepped(CosineAnnealingLR(optimizer, total))}


class OneCycle(Tiny):
    def configure_optimizers(self):
        optimizer = self.sgd()
        total = int(self.trainer.estimated_stepping_batches)
        return [{"optimizer": optimizer, "lr_scheduler": self.stepped(OneCycleLR(optimizer, 0.3, total + 1))}]


class Two(Tiny):
    def configure_optimizers(self):
        optimizer = self.sgd()
        per_epoch = {"scheduler": StepLR(optimizer, 1, 0.8), "interval": "epoch", "name": "per epoch"}
        return [optimizer], [self.stepped(ExponentialLR(optimizer, 0.97)), per_epoch]


class Sequence(Tiny):
    def configure_optimizers(self):
        optimizer = self.sgd()
        phases = [LinearLR(optimizer, 0.1, total_iters=4), CosineAnnealingLR(optimizer, 9)]
        return {"optimizer": optimizer, "lr_scheduler": self.stepped(SequentialLR(optimizer, phases, [4]))}


class Lambda(Tiny):
    def configure_optimizers(self):
        optimizer = self.sgd()
        return [optimizer], [self.stepped(LambdaLR(optimizer, lambda call: min(1, (call + 1) / 5)))]


class Plateau(Tiny):
    def configure_optimizers(self):
        optimizer = self.sgd()
        scheduler = ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
        own = {"scheduler": scheduler, "monitor": "val_loss", "frequency": self.frequency}
        return {"optimizer": optimizer, "lr_scheduler": own}


class Lenient(Tiny):
    def configure_optimizers(self):
        optimizer = self.sgd()
        own = {"scheduler": ReduceLROnPlateau(optimizer, patience=0), "monitor": "absent", "strict": False}
        return {"optimizer": optimizer, "lr_scheduler": own}


class Skipping(Two):
    """Steps its schedulers in even epochs alone."""

    def lr_scheduler_step(self, scheduler, metric):
        assert metric is None
        if self.current_epoch % 2 == 0:
            scheduler.step()


class Before(Tuple):
    """Sets the LR before the update that uses it."""

    def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure):
        if self.trainer.global_step < 7:
            for group in optimizer.param_groups:
                group["lr"] = (self.trainer.global_step + 1 + epoch + batch_idx) / 10 * self.lr
        super().optimizer_step(epoch, batch_idx, optimizer, optimizer_closure)


class Scaled(Tiny):
    def configure_optimizers(self):
        lr = self.lr * self.trainer.world_size * self.trainer.num_nodes
        return torch.optim.SGD(self.parameters(), lr=lr)


class Networks(Tiny):
    """Two optimizers, stepped by hand."""

    def __init__(self):
        super().__init__()
        self.automatic_optimization = False

    def training_step(self, batch):
        loss = self.net(batch).pow(2).mean()
        self.manual_backward(loss)
        for optimizer in self.optimizers():
            optimizer.step()

    def configure_optimizers(self):
        return [
            torch.optim.Adam(self.net[0].parameters(), 1e-4),
            torch.optim.SGD(self.net[1].parameters(), 4e-4),
        ], []


class ByHand(Networks):
    def training_step(self, batch):
        super().training_step(batch)
        for scheduler in self.lr_schedulers():
            scheduler.step()


class Setting(Alone):
    def on_train_epoch_start(self):
        for group in self.optimizers().param_groups:
            group["lr"] = 0.5**self.current_epoch


class Nothing(Tiny):
    def configure_optimizers(self):
        return None


class Broken(Tiny):
    def configure_optimizers(self):
        return self.nothing


class Callables(Tiny):
    """As LightningCLI's documentation has a module whose optimizer and scheduler are chosen in YAML."""

    def __init__(
        self,
        net: torch.nn.Module,
        optimizer: pl.cli.OptimizerCallable = torch.optim.Adam,
        scheduler: pl.cli.LRSchedulerCallable = torch.optim.lr_scheduler.ConstantLR,
    ):
        super().__init__("step")
        self.net, self.make, self.schedule = net, optimizer, scheduler

    def configure_optimizers(self):
        optimizer = self.make(self.parameters())
        return {"optimizer": optimizer, "lr_scheduler": self.stepped(self.schedule(optimizer))}


class Data(pl.LightningDataModule):
    def __init__(self, n: int = 10, batch_size: int = 2, drop_last: bool = False):
        super().__init__()
        self.n, self.batch_size, self.drop_last = n, batch_size, drop_last

    def train_dataloader(self):
        return loader(self.n, self.batch_size, self.drop_last)

    def val_dataloader(self):
        return loader(8)


def loader(n: int, batch_size: int = 2, drop_last: bool = False):
    return torch.utils.data.DataLoader(torch.randn(n, 4), batch_size=batch_size, drop_last=drop_last)


class Untrained(pl.LightningModule):
    """A module that cannot be trained."""

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
