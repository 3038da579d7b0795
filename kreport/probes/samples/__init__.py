"""The second, small pass: what needs a few whole samples and their predictions first."""
