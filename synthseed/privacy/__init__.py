"""Keep real data out of what is made, and what is made out of real databases."""
