"""How does locust know how many users to have? It asks every second; `shapes.py` has the answer."""

from time import perf_counter

from locust import LoadTestShape

from loadtests.shapes import Shape

GRACE_SECONDS = 3.0
"""Users that end by themselves have begun by then."""


class TickingShape(LoadTestShape):
    """A shape that locust may ask; `shape` is set on it before that."""

    shape: Shape
    began: float | None = None

    def tick(self) -> tuple[int, float] | None:
        """Users, and how many of them may come or go in a second; None ends the run."""
        now = perf_counter()
        if self.began is None:
            self.began = now
        passed = now - self.began
        users = self.shape.users_at(passed)
        if users is None or (self.shape.ends_when_done and self._is_done(passed)):
            return None
        return users, float(max(1, self.shape.most_users))

    def _is_done(self, passed: float) -> bool:
        return passed > GRACE_SECONDS and self.runner is not None and self.runner.user_count == 0


def ticking(shape: Shape) -> TickingShape:
    """The same, for locust."""
    made = TickingShape()  # type: ignore[no-untyped-call]
    made.shape = shape
    return made
