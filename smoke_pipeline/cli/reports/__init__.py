"""The report server: the pages of the reports, for a browser that may not open files of this machine."""
