"""The tools, by what they are about; each answers in a few words, and says what can be done next."""
