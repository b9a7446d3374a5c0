"""What aligned rows show: cells that differ or are forgiven, counted, explained, and the first ones kept."""
