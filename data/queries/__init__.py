"""Questions to the tables, one module an aggregate: get_ raises, find_ may return None, list_ has a total order."""
