"""The trials of a search in pictures and tables, a module for each."""
