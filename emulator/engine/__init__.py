"""A CPU of Unicorn: the only package that knows it, with its C half in native/."""
