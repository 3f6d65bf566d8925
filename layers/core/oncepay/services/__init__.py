"""One use case per file; the file's name is the function's name. A service calls storage directly:
conditional writes are the design, and a stand-in for them would lie.
"""
