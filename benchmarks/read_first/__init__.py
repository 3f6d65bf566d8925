"""Ours, with a read in front: see app.py."""
