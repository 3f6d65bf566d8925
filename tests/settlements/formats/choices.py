"""Which choices does a drawn number stand for? One number decides all of a payment, or of a row: to
draw each choice by itself would take most of the time of the fuzz. Nought is always the plain case,
so that what fails shrinks towards it.
"""


class Choices:
    """Decoded digit by digit, in a base of as many digits as there are options."""

    def __init__(self, number: int) -> None:
        self._left = number

    def below(self, count: int) -> int:
        """One of so many."""
        self._left, choice = divmod(self._left, count)
        return choice

    def of[T](self, *options: T) -> T:
        """One of these; to name one several times makes it likelier."""
        return options[self.below(len(options))]
