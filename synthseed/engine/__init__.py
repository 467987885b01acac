"""Turn a schema and a plan into a program, and a program into chunks: no database, no network, no clock."""
