"""What does each function need to know? Read once, at its cold start, from exactly the variables
that template.yaml sets. A module for each function: none is made for another one.

A function whose environment is incomplete or wrong refuses to start, naming the variable.
"""
