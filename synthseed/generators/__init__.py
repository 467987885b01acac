"""Make columns of values: one file per family, each a function from row numbers to cells."""
