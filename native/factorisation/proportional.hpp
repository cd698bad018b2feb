// Covariances lambda_j C with one shape, or one matrix, for all components: volumes and the common part are updated in
// turn until neither changes. A single update is cheaper than a call of NumPy.
#pragma once

#include "factorisation/matrices.hpp"

namespace drumlin {

// The end of the alternation: at most `steps` updates, fewer once no volume changes by more than `change` of itself.
struct Alternation {
    int steps;
    double change;
};

// From variances (k, d), `shares` (k,) of the rows, and first volumes lambda (k,): replaces `variances` by lambda_j A
// with one shape A. False when a volume is not a positive number.
bool equal_shape(int64_t k, int64_t d, const double* shares, double* volumes, const Alternation&, double* variances);

// The same for full covariances: volumes lambda (k,) and one matrix C (d, d).
bool equal_matrix(const Matrices& covariances, const double* shares, double* volumes, const Alternation&,
                  double* matrix);

}  // namespace drumlin
