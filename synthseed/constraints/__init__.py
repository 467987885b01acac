"""Say what a database enforces, as facts and values that generators can be shaped by."""
