"""Settings, wiring and supervision: the only room that knows every stage."""
