"""Peer (b): see app.py."""
