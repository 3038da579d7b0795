"""Parts of the Activations section."""
