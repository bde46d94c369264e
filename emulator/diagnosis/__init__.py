"""Who did it, and when: a run that ended badly is executed again, and the bad value is followed back to its origin."""
