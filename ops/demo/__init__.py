"""`oncepay demo`: does it really work? The whole story, with real HTTP calls, every result checked.

The demo is told on a running stack, by merchants that are made for it.

    command.py         the command line, and the order of the chapters
    scene.py           what every chapter has at hand
    story.py           the chapters of one merchant: deposit, pay, ask again, refund, read
    crowds.py          the chapters of many clients at once
    cards.py           the chapters of payments through a processor that go well
    unknowns.py        the chapters of answers that never come, or say nothing
    card_crowd.py      the chapter of many such payments at once
    payout.py          the chapter of the processor's settlement file
    agreement.py       the processor's own record against our payments
    control.py         the back door of the simulated processor
    schedule.py        lets the sweep's schedule rest meanwhile
    stripe.py          the chapters of signed events
    business.py        the chapter of a whole day's payments
    settlements.py     the chapters of the bank's files about that day
    bank_file.py       such a file, with breaks planted in it
    breaks.py          breaks planted against breaks found, and their table
    desk.py            Stripe's secret, the bucket, and the operator's key
    bill.py            the bill of all of it
    costs.py           what each call cost, from the items that it left
    processor_costs.py the same of payments through a processor
    inbound_costs.py   the same of events and files
    checks.py          expected against seen
    shop.py            a merchant of the story: its key, and the calls that it makes
    http_client.py     one HTTP client with bounded retries; standard library only
    client_process.py  one client of a crowd: a process of its own
    crowd.py           starts and steers those processes
"""
