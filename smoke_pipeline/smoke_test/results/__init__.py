"""What a comparison leaves behind: the whole of it on disk, and what is claimed of it."""
