"""See the learning rate that a training run will really use."""

__version__ = "0.1.0"
