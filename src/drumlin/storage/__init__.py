"""FACE: model files. JSON to read, npz for large models; no pickle, loading never runs code.

A file holds a document of format "drumlin-mixture": the mixture, the facts of the fit that made it
if one did, and the names of its components if they have any. Covariances are stored as their
structure keeps them (lower Cholesky factors or variances), so that a mixture comes back bit for
bit. Classifiers have documents of format "drumlin-classifier". A file of any released version loads
for ever.
"""

from drumlin.storage.classifiers import ClassifierFacts, ClassifierRecord
from drumlin.storage.files import (
    classifier_from_bytes,
    from_bytes,
    load,
    load_classifier,
    read,
    read_classifier,
    save,
    to_json,
    to_npz,
)
from drumlin.storage.record import Facts, Record

__all__ = [
    "ClassifierFacts",
    "ClassifierRecord",
    "Facts",
    "Record",
    "classifier_from_bytes",
    "from_bytes",
    "load",
    "load_classifier",
    "read",
    "read_classifier",
    "save",
    "to_json",
    "to_npz",
]
