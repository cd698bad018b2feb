"""AXIS, second half: how Σ_1 … Σ_k are estimated. One line in `registry` for each family.

A `Family` says what components share of Σ_j = λ_j D_j A_j D_jᵀ, and holds its M-step. An M-step is
a closed form that is clipped at the floor, or combines two rules: `volume_shape`, for the variances
λ_j A_j along given axes, and `orientation`, for the axes D_j.
"""
