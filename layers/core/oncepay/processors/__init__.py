"""Payment processors: what they sign and what they send. Nothing above this floor knows their wire
formats. Beside storage, and neither knows the other: here are no DynamoDB, no network and no clock.
"""
