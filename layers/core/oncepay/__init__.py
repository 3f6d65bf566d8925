"""Oncepay: every payment happens exactly once, and every cent can be proved.

The floors, top to bottom; imports point down only (checked by import-linter):

    api/        HTTP words: requests, bodies, answers, problems, cursors
    services/   one use case per file; the file's name is the function's name
    storage/    PynamoDB models, the retrying client, transactions; nothing above knows DynamoDB
    processors/ beside storage: what Stripe signs and sends; nothing above knows its wire format
    domain/     money, fees, the ledger, payments, idempotency: pure Python, no clock, no random, no
    environment, no AWS

`settings` is read once by each function at its cold start.
"""
