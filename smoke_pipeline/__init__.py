"""Prove that an ETL run or a migration moved the data right.

The package reads in the order in which data flows, and imports go the same way only:

    errors <- settings <- readers <- snapshots <- comparison <- report <- history    the rooms
                                                                  ^
                                             smoke_test                              the wing
                                                                  ^
                                            defs  |  cli                             the faces
                                                                  ^
                                             definitions                             what Dagster loads

`readers` bring rows as Arrow batches. `snapshots` freeze one side of a session. `comparison` takes two
snapshots and says which rows match. `report` tells a person. `history` remembers, in PostgreSQL. The wing
`smoke_test` puts the rooms together; the faces only pass on what they are asked.
"""
