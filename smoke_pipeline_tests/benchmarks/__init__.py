"""What measures must itself be right: the data, the watching, the verdict on an answer, the goals."""
