"""Renderers: a report becomes files."""
