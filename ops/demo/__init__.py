"""`oncepay demo`: does it really work? The whole story, with real HTTP calls, every result checked.

The demo is told on a running stack, by merchants that are made for it.

    command.py         the command line, and the order of the chapters
    scene.py           what every chapter has at hand
    story.py           the chapters of one merchant: deposit, pay, ask again, refund, read
    crowds.py          the chapters of many clients at once
    by_processor.py    the order of the chapters of payments through processors
    cards.py           the chapters of payments through a processor that go well
    unknowns.py        the chapters of answers that never come, or say nothing
    card_crowd.py      the chapter of many such payments at once
    payout.py          the chapter of the processor's settlement file
    stripe_cards.py    the chapters of payments through Stripe
    stripe.py          the chapters of its signed events
    paypal.py          the chapters of payments through PayPal, and of its webhooks
    checkout.py        the chapters of pages on which a payer pays, or does not
    disputes.py        the chapters of payers' banks that take money back
    events.py          the chapter of what a merchant reads of all that
    agreement.py       the processor's own record against our payments
    control.py         the back door of the simulated processor
    schedule.py        lets the sweep's schedule rest meanwhile
    browser.py         what a payer sees and does
    sink.py            takes a processor's webhooks, headers and all
    inbound.py         what an event is answered, and what is stored of it
    business.py        the chapter of a whole day's payments
    settlements.py     the chapters of the bank's files about that day
    bank_file.py       such a file, with breaks planted in it
    breaks.py          breaks planted against breaks found, and their table
    desk.py            Stripe's secret, the bucket, and the operator's key
    bill.py            the bill of all of it
    costs.py           what each call cost, from the items that it left
    processor_costs.py the same of payments through a processor
    event_costs.py     the same of a processor's events
    file_costs.py      the same of settlement files
    checks.py          expected against seen
    shop.py            a merchant of the story: its key, and the calls that it makes
    http_client.py     one HTTP client with bounded retries; standard library only
    client_process.py  one client of a crowd: a process of its own
    crowd.py           starts and steers those processes
"""
