"""Say what was done: as data, as a table, and while it is going on."""
