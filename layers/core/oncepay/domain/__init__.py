"""Pure Python: no clock, no random, no environment, no AWS. `now` and ids are arguments."""
