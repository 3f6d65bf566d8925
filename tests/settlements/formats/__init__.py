"""How are files of four formats proved, native, Stripe, PayPal and Adyen? By an oracle that reads
them a second time, naively, and keeps the books a second time.

    said.py              what a row says, and the little that all formats share
    bytes_as_text.py     which text a file's bytes are
    reads_native.py      our own format, read a second time; the others likewise:
    reads_stripe.py, reads_paypal.py, reads_adyen.py
    books.py             what is remembered of the files before, and of the rows of this one
    judge.py             what the rows do to the books: their buckets, marks and ledger changes
    oracle.py            what must come out of a world and a file
    choices.py           what a drawn number stands for
    worlds.py            payments, decoded from drawn numbers
    tellings.py          the rows that tell of them, likewise
    cells.py, layout.py  how a row, and a file, may be written
    writes_native.py, writes_stripe.py, writes_paypal.py, writes_adyen.py
                         the same rows as files, with totals that are right, or wrong
    files.py             hypothesis draws worlds, files and corrected files
    in_memory.py         the project's own reading and planning, with books held in memory

Only in_memory.py and the tests import anything of the project.
"""
