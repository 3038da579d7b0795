"""Shared passes over the model that several analyzers read."""
