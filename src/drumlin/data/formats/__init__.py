"""AXIS: one file format a module."""
