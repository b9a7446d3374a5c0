"""Real services, sessions that go through them, and everything that may go wrong meanwhile.

`world` is what stands around: databases, a store, a disk, and the lines to them. `services` are the parts of
`smoke serve`, each started again when it dies. `conversation` leads one session through them, `trouble` does
the harm, `verdict` looks at what is left, and `drive` does all of it in its order.
"""
