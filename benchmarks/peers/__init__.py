"""What would a payment cost if it were written in the ways that are usual? Two Lambda functions of
the same routes, each a program of one file that knows nothing of this project.
"""
