"""The simulated payment processor: a processor that does as it is told, for the local stack and
the tests. What it is asked to get wrong is in the payment method (behaviours.py). It speaks its own
JSON, and as Stripe and PayPal do, over one record.

    behaviours     what a magic payment method asks for
    records        charges, what is done to them, disputes and pages: the processor's own record
    requests       what can be asked for
    charges        how charges change; charge_rules: which state allows what, in which words
    disputes       how a dispute begins and ends; sessions: how a checkout's page does
    books          the three together, and how a request is carried out on them
    keys           idempotency keys and faults
    timeline       its own time, and what happens by it
    engine         all of that behind one lock, no waiting, no HTTP
    outcomes       what comes of a request, and how the answer travels
    calls          a call over HTTP, and its reply
    faces          what a face has to know
    native         its own JSON, spoken by the adapter `simulated`; native_requests, wire: its words
    stripe_face    as Stripe: stripe_requests, stripe_form, stripe_answers, stripe_lists,
                   stripe_wire, stripe_events, stripe_errors, stripe_money
    paypal_face    as PayPal: see there
    credentials    what the faces ask their callers for, made of the one secret
    page           the page of the payer's bank; checkout_page: that on which a payer pays;
                   hosted_page: what all of them look like
    server         HTTP over the engine, with real time-outs; process: as one of its own
    outbox         which webhook is due when; courier posts them
    control        what tests and people may tell it
"""
