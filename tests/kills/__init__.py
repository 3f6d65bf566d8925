"""What if a worker dies, or is overtaken, at any call out of the code? The kill matrix of payments
through a processor.

    workers.py    dies, or falls asleep, at a numbered call
    stage.py      empty tables and a processor, made once, emptied for each run
    story.py      a client that asks again, a payer, the processor's events, the sweep, and time
    scenarios.py  what is going on when it happens; disputes.py: the payer's bank; at_paypal.py:
                  a charge that is prepared before it is sent
    verdict.py    the processor's own record, our books, and what clients were told
    matrix.py     every run by name, and how one is made
    __main__.py   the command line: all of them, a table, or one by its name
"""
