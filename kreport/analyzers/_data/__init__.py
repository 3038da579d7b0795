"""Parts of the Data section."""
