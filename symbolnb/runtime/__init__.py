"""Running programs: storage, random state, sessions."""
