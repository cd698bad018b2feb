"""FACE: the `drumlin` command. `commands/` holds one file per verb, what they share is here.

Data go to standard output, progress and messages to standard error. Exit codes: 0 ok, 1 failure,
2 usage, 3 not converged under ``--strict``, 130 interrupted.
"""
