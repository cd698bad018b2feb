// Cholesky factors of small matrices, all in one call: the overhead of a call of NumPy exceeds the arithmetic of a
// small M-step.
#pragma once

#include "factorisation/matrices.hpp"

namespace drumlin {

// lower (k, d, d), L_j with L_j L_j^T = covariance_j; false unless every covariance_j - floor (d, d) is positive
// definite.
bool factors_above(const Matrices& covariances, const double* floor, double* lower);

// lower (k, d, d), L_j with L_j L_j^T = R_j R_j^T, without forming that product.
void lower_factor(const Matrices& roots, double* lower);

// inverse (k, d, d) of lower triangles.
void inverse_lower(const Matrices& factors, double* inverse);

// out (k,), log |L_j L_j^T|.
void log_determinants(const Matrices& factors, double* out);

}  // namespace drumlin
