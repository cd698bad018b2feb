"""AXIS, first half: what is stored of Σ_1 … Σ_k. One file for each structure.

A `Structure` knows its log determinants, what whitens and what colours, and its dense matrices. It
does not know how it was estimated: that is the other half, `drumlin.covariance.families`.
"""
