"""Payment processors: what is asked of them, what they answer, what they sign and what they send.
Nothing above this floor knows their wire formats. Beside storage, and neither knows the other: here
is no DynamoDB, and what time it is is told by the caller.
"""
