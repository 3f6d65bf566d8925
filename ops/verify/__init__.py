"""What do the tables prove? `oncepay verify`, the independent prover of the books.

It shares nothing with the code that writes: no import of `oncepay`, no PynamoDB, only plain boto3
and docs/data-model.md as its specification. A mistake in the writers can therefore not hide here.

    command.py        the command line: where the stack is, what to print, which exit code
    stack.py          the names of the six tables, of a local stack or of a deployed one
    prover.py         walks the tables, confirms every suspicion by a second strong read
    walk_settlements.py  the walk through Settlements
    walk_settled.py   the walk of Payments and Ledger against the runs
    walk_references.py   the walk through the pointers from processors' ids
    proof.py          when a suspicion is a finding
    family.py         what is stored under one id of Payments, and what it names elsewhere
    rules_items.py    a family as a whole: what belongs together, where it is listed
    rules_states.py   payments and refunds: amounts, and what goes with their status
    rules_entries.py  the ledger entries that they list
    rules_operations.py  what is done at processors, from both sides
    rules_references.py  pointers from processors' ids, from both ends
    rules_due.py      what the sweep is to look at
    rules_changes.py  versions, times, and what a settlement file leaves on them
    rules_ledger.py   entries and balances: zero sums, folds, and the items that entries name
    rules_shards.py   what the shards of a book are to each other, and to the sweep
    walk_shards.py    the same over all of Ledger
    book_fold.py, book_names.py  what one shard comes to, and whose it is
    rules_file_entries.py  entries that settlement files and corrections caused
    rules_records.py  idempotency records: what they point at and what they answer
    packed.py         answers that were packed
    rules_runs.py     settlement runs: identity, counts and sums, who booked a content
    rules_breaks.py   breaks: what they say, and what would correct them
    rules_decisions.py  what people decided about breaks, and what that changed
    rules_markers.py  rows that settle nothing of ours
    rules_payouts.py  what processors told that they paid out, and what a file says of it
    rules_pointers.py  pointers from a file's name, a content and a format to a run
    settled.py        what a run must have settled, and what it did
    decisions.py      what people's decisions about breaks settled
    rules_events.py   events of payment processors
    rules_directory.py  merchants and API keys
    specification.py, specification_outside.py  docs/data-model.md as lists of fields
    stored.py, stored_settlements.py  the readings that more than one rule asks about
    fields.py         reads one raw item without ever trusting it
    tables.py         consistent scans, queries and gets
    findings.py       one finding, the rules by name
    sums.py           the money of each currency, over all books
    report.py         the outcome, for people and for machines
"""
