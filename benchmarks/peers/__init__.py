"""The programs that are measured. Adding one is one file and one line here."""

from benchmarks.peers.drumlin import Drumlin
from benchmarks.peers.peer import Library, Passes, Peer, Setting
from benchmarks.peers.scikit_learn import ScikitLearn

LIBRARIES: tuple[Library, ...] = (Drumlin(), ScikitLearn())
"""Programs that are also measured as a whole: fits, memory, inference."""

PEERS: tuple[Peer, ...] = (*LIBRARIES,)
"""Every program whose passes are timed; drumlin first, then the one that ratios are taken to."""

__all__ = ["LIBRARIES", "PEERS", "Library", "Passes", "Peer", "Setting"]
