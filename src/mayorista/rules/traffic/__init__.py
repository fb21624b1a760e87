"""Traffic samples as they come in: rows of a table read, laid on the 288 stamps of each day, packed, drawn.

table      rows with their columns, units, hours and zones; what is wrong is named by row and column
placing    readings on stamps: gaps, wraps of counters, duplicates, order
figures    a month of a port: percentile with its rank, gaps, points of a graph
"""
