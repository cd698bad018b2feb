"""fit(): being written."""
