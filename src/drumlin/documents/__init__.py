"""BYTES on disk: encoding, fields, atomic writes. This room knows no mixture."""
