"""Peer (a): see app.py."""
