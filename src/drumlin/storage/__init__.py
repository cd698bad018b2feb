"""FACE: model files. JSON for reading, npz for large models; no pickle, loading never runs code.

A file holds a document of format "drumlin-mixture": the mixture, the facts of its fit if it was
fitted, and the names of its components if they have any. Covariances are stored as their structure
stores them (lower Cholesky factors or variances), so that a loaded mixture is equal to the saved
one. Classifiers have documents of format "drumlin-classifier". A file of any released version loads
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
from drumlin.storage.mixtures import Record

__all__ = [
    "ClassifierFacts",
    "ClassifierRecord",
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
