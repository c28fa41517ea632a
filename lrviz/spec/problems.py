"""The problems that a run can train on, as data: what each is, and what an optimizer finds in it.

``lrviz.build.problems`` makes them; a test holds one against the other.
"""

from __future__ import annotations

from lrviz.frozen import frozen


@frozen
class Problem:
    """One problem.

    Args:
        name: its name.
        about: what is trained on what.
        tensors: the parameter tensors of its model, which parameter groups share out among them.
        matrices: those of them that are matrices, all that an optimizer of matrices alone is given.
        sparse: whether its gradients can be sparse.
        settings: its own arguments, with their defaults.
    """

    name: str
    about: str
    tensors: int
    matrices: int = 0
    sparse: bool = False
    settings: tuple[tuple[str, float], ...] = ()

    def tensors_for(self, parameter: str) -> int:
        """Count the tensors for an optimizer that steps ``dense``, ``matrix`` or ``sparse`` parameters."""
        return {"dense": self.tensors, "matrix": self.matrices, "sparse": self.tensors * self.sparse}[
            parameter
        ]


_ALL = (
    Problem(
        "mlp",
        "regression with a 10-5-2 net: ReLU, mean squared error, one batch of 32 as in the tutorials",
        tensors=4,
        matrices=2,
        settings=(("batches", 1),),
    ),
    Problem(
        "quadratic",
        "a bowl in 10 dimensions, from 1 in each of them; its curvatures reach from 1 down to 1 / condition",
        tensors=1,
        settings=(("condition", 100.0),),
    ),
    Problem("rosenbrock", "the bent valley (1 - x)² + 100·(y - x²)², from (-1.2, 1)", tensors=1),
    Problem(
        "classification",
        "four overlapping clusters told apart by an 8-16-4 net: ReLU, cross-entropy, batches of 32",
        tensors=4,
        matrices=2,
        settings=(("batches", 32),),
    ),
    Problem(
        "embedding",
        "a table of 50 rows learnt by heart, some of them rarely seen: mean squared error, batches of 32",
        tensors=1,
        matrices=1,
        sparse=True,
        settings=(("batches", 32),),
    ),
)
PROBLEMS = {problem.name: problem for problem in _ALL}
