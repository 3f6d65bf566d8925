"""The peer of the cold starts: see app.py."""
