"""Files that come two at a time: which of them is the source, and what a ZIP of both holds."""
