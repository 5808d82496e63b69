"""Turns the JSON of benchmark runs into one page: sections of tables and figures, and the page around them."""
