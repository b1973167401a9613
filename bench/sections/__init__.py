"""One module per section; each enters what it measures into harness.measures."""
