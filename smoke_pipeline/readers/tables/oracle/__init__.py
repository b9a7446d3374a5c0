"""Tables of Oracle: what runs the statement, what its types become, and what its errors mean."""
