"""`oncepay demo`: does it really work? The whole story, with real HTTP calls, every result checked.

The demo is told on a running stack, by merchants that are made for it.

    command.py         the command line, and the order of the chapters
    scene.py           what every chapter has at hand
    story.py           the chapters of one merchant: deposit, pay, ask again, refund, read
    crowds.py          the chapters of many clients at once
    stripe.py          the chapters of signed events
    business.py        the chapter of a whole day's payments
    settlements.py     the chapters of the bank's files about that day
    bank_file.py       such a file, with breaks planted in it
    breaks.py          breaks planted against breaks found, and their table
    desk.py            Stripe's secret, the bucket, and the operator's key
    costs.py           what each call cost, from the items that it left
    inbound_costs.py   the same of events and files
    checks.py          expected against seen
    shop.py            a merchant of the story: its key, and the calls that it makes
    http_client.py     one HTTP client with bounded retries; standard library only
    client_process.py  one client of a crowd: a process of its own
    crowd.py           starts and steers those processes
"""
