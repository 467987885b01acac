"""Make a plan for a database: `offline` from its metadata alone."""
