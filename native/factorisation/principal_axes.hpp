// Axes of small covariance matrices by plane rotations: the principal axes of each matrix (Jacobi), or common axes of
// all of them, along which they are as diagonal as can be (Flury & Gautschi 1986). Plane rotations keep the small
// variances of graded matrices accurate: each rotation is judged beside the two variances of its plane, not beside the
// largest.
#pragma once

#include "factorisation/matrices.hpp"

namespace drumlin {

// Eigenvalues, variances (k, d), ascending, and eigenvectors in the columns of axes (k, d, d).
void principal_axes(const Matrices& covariances, double* variances, double* axes);

// Rotates axes (d, d), in columns, plane by plane, until a sweep over all planes gains less than `gain` nats per row;
// variances (k, d) along them. Minimised is sum_j share_j log |diag(D^T C_j D)|, or with `equal_volume`
// log sum_j share_j |diag(D^T C_j D)|^(1/d).
void common_axes(const Matrices& covariances, const double* shares, bool equal_volume, int sweeps, double gain,
                 double* axes, double* variances);

}  // namespace drumlin
