"""Do what was asked for: one file per verb, and the only room that knows the others."""
