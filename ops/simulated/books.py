"""What does the processor keep books of, and how is a request carried out on them? Charges,
disputes and checkout sessions, with what each payment method asked for.
"""

from collections.abc import Callable
from datetime import datetime

from ops.simulated.behaviours import UNKNOWN_PLAN, Plan, Step, read_payment_method
from ops.simulated.charges import Charges, Emit, Schedule
from ops.simulated.disputes import Disputes
from ops.simulated.outcomes import Done
from ops.simulated.records import Charge, CheckoutSession, Movement, Recorded
from ops.simulated.requests import ChargeRequest, CheckoutRequest, MovementRequest, Request
from ops.simulated.sessions import Sessions


class Books:
    """All of them. The engine holds its lock around every call."""

    def __init__(self, *, new_id: Callable[[str], str], emit: Emit, schedule: Schedule) -> None:
        self.charges = Charges(new_id=new_id, emit=emit, schedule=schedule)
        self.disputes = Disputes(self.charges, new_id=new_id, emit=emit)
        self.sessions = Sessions(self.charges, new_id=new_id, emit=emit, schedule=schedule)
        self._plans: dict[str, Plan] = {}

    def step(self, request: Request) -> Step:
        """How it is to behave."""
        match request:
            case ChargeRequest():
                return read_payment_method(request.payment_method).charge
            case MovementRequest():
                return self._plans.get(request.charge_id, UNKNOWN_PLAN).step(request.kind)
            case CheckoutRequest():
                return Step()

    def carry_out(self, request: Request, key: str, step: Step, now: datetime) -> Recorded:
        """Do it. Raises: Refusal."""
        match request:
            case ChargeRequest():
                charge = self.charges.open(request, step, key, now)
                self._plans[charge.id] = read_payment_method(request.payment_method)
                return charge
            case MovementRequest():
                return self.charges.move(request, step, key, now)
            case CheckoutRequest():
                return self.sessions.open(request, key, now)

    def pay_session(self, session_id: str, payment_method: str, now: datetime) -> Charge:
        """The payer gives a card on the page: what came of it. Raises: Refusal."""
        charge = self.sessions.pay(session_id, payment_method, now)
        self._plans[charge.id] = read_payment_method(payment_method)
        return charge

    def recorded(self, recorded_id: str) -> Recorded:
        """What has that id, as it is now."""
        movement = self.charges.movements.get(recorded_id)
        session = self.sessions.sessions.get(recorded_id)
        return movement or session or self.charges.charges[recorded_id]

    def done(self, recorded_id: str) -> Done:
        """The same as an outcome, with the charge that it belongs to."""
        recorded = self.recorded(recorded_id)
        match recorded:
            case Charge():
                return Done(recorded, recorded)
            case Movement():
                return Done(recorded, self.charges.get(recorded.charge_id))
            case CheckoutSession():
                return Done(recorded, self.charges.charges.get(recorded.charge_id or ""))
