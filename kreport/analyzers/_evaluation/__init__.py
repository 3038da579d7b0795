"""Parts of the Evaluation section."""
