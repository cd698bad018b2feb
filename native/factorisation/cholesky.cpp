// Plain loops along contiguous rows.
#include "factorisation/cholesky.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace drumlin {
namespace {

// upper = U with U^T U = matrix - subtracted (null: 0), of which the upper triangle is read; false when there is none.
bool factorise(const double* matrix, const double* subtracted, int64_t d, double* upper) {
    for (int64_t i = 0; i < d * d; ++i) upper[i] = subtracted ? matrix[i] - subtracted[i] : matrix[i];
    for (int64_t j = 0; j < d; ++j) {
        double* row = upper + j * d;
        if (!(row[j] > 0.0) || !std::isfinite(row[j])) return false;
        const double pivot = std::sqrt(row[j]);
        row[j] = pivot;
        for (int64_t l = j + 1; l < d; ++l) row[l] /= pivot;
        for (int64_t i = j + 1; i < d; ++i) {
            double* below = upper + i * d;
            const double factor = row[i];
            for (int64_t l = i; l < d; ++l) below[l] -= factor * row[l];
        }
    }
    return true;
}

}  // namespace

bool factors_above(const Matrices& covariances, const double* floor, double* lower) {
    const int64_t d = covariances.d;
    std::vector<double> upper(static_cast<size_t>(d * d));
    for (int64_t j = 0; j < covariances.k; ++j, lower += d * d) {
        if (!factorise(covariances[j], floor, d, upper.data())) return false;
        if (!factorise(covariances[j], nullptr, d, upper.data())) return false;
        for (int64_t i = 0; i < d; ++i)
            for (int64_t l = 0; l < d; ++l) lower[i * d + l] = l <= i ? upper[static_cast<size_t>(l * d + i)] : 0.0;
    }
    return true;
}

// Gram-Schmidt: the rows of R made orthogonal one after another.
void lower_factor(const Matrices& roots, double* lower) {
    const int64_t d = roots.d;
    std::vector<double> remaining(static_cast<size_t>(d * d));
    for (int64_t j = 0; j < roots.k; ++j, lower += d * d) {
        std::copy_n(roots[j], d * d, remaining.begin());
        for (int64_t i = 0; i < d; ++i) {
            double* row = remaining.data() + i * d;
            const double length = std::sqrt(std::inner_product(row, row + d, row, 0.0));
            for (int64_t c = 0; c < d; ++c) row[c] /= length;
            for (int64_t l = 0; l < i; ++l) lower[l * d + i] = 0.0;
            lower[i * d + i] = length;
            for (int64_t l = i + 1; l < d; ++l) {
                double* other = remaining.data() + l * d;
                const double projection = std::inner_product(row, row + d, other, 0.0);
                lower[l * d + i] = projection;
                for (int64_t c = 0; c < d; ++c) other[c] -= projection * row[c];
            }
        }
    }
}

void inverse_lower(const Matrices& factors, double* inverse) {
    const int64_t d = factors.d;
    for (int64_t j = 0; j < factors.k; ++j, inverse += d * d) {
        const double* lower = factors[j];
        for (int64_t i = 0; i < d; ++i) {  // row i of L^-1 = (e_i - sum over l < i of L_il (row l of L^-1)) / L_ii
            double* row = inverse + i * d;
            for (int64_t c = 0; c < d; ++c) row[c] = 0.0;
            for (int64_t l = 0; l < i; ++l)
                for (int64_t c = 0; c <= l; ++c) row[c] -= lower[i * d + l] * inverse[l * d + c];
            for (int64_t c = 0; c < i; ++c) row[c] /= lower[i * d + i];
            row[i] = 1.0 / lower[i * d + i];
        }
    }
}

void log_determinants(const Matrices& factors, double* out) {
    for (int64_t j = 0; j < factors.k; ++j) {
        out[j] = 0.0;
        for (int64_t i = 0; i < factors.d; ++i) out[j] += std::log(factors[j][i * factors.d + i]);
        out[j] *= 2.0;
    }
}

}  // namespace drumlin
