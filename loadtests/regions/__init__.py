"""`regions`: two stacks of different regions under the same load, one at a time and both at once;
what one is and has must be nothing to the other.
"""
