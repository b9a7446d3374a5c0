"""A stand-in for an Oracle server, which the unmodified thin driver of python-oracledb talks to.

It speaks as much of the wire protocol as reading takes: connecting, both kinds of password check, describing,
executing, fetching, LOBs, errors, cancelling. It proves what the driver and the reader do with types, batches
and failures. It is no proof of what Oracle's own SQL does: expressions are worked out by a small evaluator.

    columns         types of columns, as they are declared
    values          how values travel
    wire            packets, and numbers and texts in them
    authentication  the two kinds of password check
    cursors         statements that run, what they describe and which rows they send
    session         one client
    server          who listens
    expressions     what SQL expressions come to
    tables          the tables of a server, their catalogue, and what a SELECT finds
"""
