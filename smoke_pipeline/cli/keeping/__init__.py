"""Commands that close sessions, take away what is not kept any longer, and prove that nothing is torn."""
