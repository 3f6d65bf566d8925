"""How does locust know how many users to have? It asks every second; `shapes.py` has the answer."""

from locust import LoadTestShape

from loadtests.shapes import Shape

GRACE_SECONDS = 3.0
"""Users that end by themselves have begun by then."""


class TickingShape(LoadTestShape):
    """A shape that locust may ask."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self._shape = shape

    def tick(self) -> tuple[int, float] | None:
        """Users, and how many of them may come or go in a second; None ends the run."""
        passed = self.get_run_time()
        users = self._shape.users_at(passed)
        if users is None:
            return None
        is_done = passed > GRACE_SECONDS and self.get_current_user_count() == 0
        if self._shape.ends_when_done and is_done:
            return None
        return users, float(max(1, self._shape.most_users))
