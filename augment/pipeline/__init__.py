"""The wiring of the stages, in plain functions; the command line and the flows call these."""
