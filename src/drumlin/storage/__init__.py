"""Model files: JSON to read, npz for large models; no pickle, and loading never runs code.

A file holds a document of format "drumlin-mixture": the mixture, the facts of the fit that made it
if one did, and the names of its components if they have any. Covariances are stored as their
structure keeps them (lower Cholesky factors or variances), so that a mixture comes back bit for
bit. A file of any released version loads for ever.
"""

from drumlin.storage.files import from_bytes, load, read, save, to_json, to_npz
from drumlin.storage.record import Facts, Record

__all__ = ["Facts", "Record", "from_bytes", "load", "read", "save", "to_json", "to_npz"]
