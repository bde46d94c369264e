"""Views of a run as files that other tools open."""
