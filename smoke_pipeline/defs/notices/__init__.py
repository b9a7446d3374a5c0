"""The sensor that tells people how tests ended."""
