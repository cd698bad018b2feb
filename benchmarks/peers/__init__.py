"""The programs that are measured, one file each; `benchmarks.programs` lists them.

A file here is imported only in the process that runs its program.
"""
