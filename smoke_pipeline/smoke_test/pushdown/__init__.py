"""Two tables of one database, compared where they are: by checksums first, and by rows where those differ."""
