"""Readers: what the user hands over becomes a read-only subject."""
