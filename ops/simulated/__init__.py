"""The simulated payment processor: a processor that does as it is told, for the local stack and
the tests. What it is asked to get wrong is in the payment method (behaviours.py).

    behaviours   what a magic payment method asks for
    records      charges, and what is done to them: the processor's own record
    requests     what can be asked for
    charges      which changes of a charge are allowed
    engine       idempotency keys, faults and time; one lock, no waiting, no HTTP
    outcomes     what comes of a request, and how the answer travels
    native       its own JSON, spoken by the adapter `simulated`
    server       HTTP over the engine, with real time-outs
    outbox       which webhook is due when; courier posts them
    control      what tests and people may tell it
"""
