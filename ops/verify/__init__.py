"""What do the tables prove? `oncepay verify`, the independent prover of the books.

It shares nothing with the code that writes: no import of `oncepay`, no PynamoDB, only plain boto3
and docs/data-model.md as its specification. A mistake in the writers can therefore not hide here.

    command.py        the command line: where the stack is, what to print, which exit code
    stack.py          the names of the four tables, of a local stack or of a deployed one
    prover.py         walks the tables, confirms every suspicion by a second strong read
    rules_items.py    payments, refunds, deposits: amounts, and the ledger entries they list
    rules_ledger.py   entries and balances: zero sums, folds, and the items that entries name
    rules_records.py  idempotency records: what they point at and what they answer
    rules_directory.py  merchants and API keys
    specification.py  docs/data-model.md as lists of fields
    fields.py         reads one raw item without ever trusting it
    tables.py         consistent scans, queries and gets
    findings.py       one finding, the rules by name
    report.py         the outcome, for people and for machines
"""
