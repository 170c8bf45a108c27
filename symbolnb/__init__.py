"""symbolnb."""
