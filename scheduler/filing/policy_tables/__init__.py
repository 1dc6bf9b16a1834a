"""Policy as data: the tables that the rules read, kept by administrators. One module a table."""
