"""BYTES on disk: encoding, fields, atomic writes. Knows no mixture."""
