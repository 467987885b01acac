"""Plan a database through a model: prompts out of metadata, one call per chunk of tables, replies checked as untrusted data."""
