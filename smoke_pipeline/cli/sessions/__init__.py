"""The commands about sessions: starting one, going on with it, and looking at what was found."""
