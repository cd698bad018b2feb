// The alternation of both functions, and the two updates of each.
#include "factorisation/proportional.hpp"

#include <cmath>
#include <vector>

namespace drumlin {
namespace {

// `update_common()` computes the common part from the volumes, `volume_of(j)` the volume of component j beside it.
// False when there is no common part, or a volume is not a positive number.
template <class UpdateCommon, class VolumeOf>
bool alternate(int64_t k, double* volumes, const Alternation& alternation, UpdateCommon update_common,
               VolumeOf volume_of) {
    for (int step = 0; step < alternation.steps; ++step) {
        if (!update_common()) return false;
        bool converged = true;
        for (int64_t j = 0; j < k; ++j) {
            const double volume = volume_of(j);
            if (!(volume > 0.0) || !std::isfinite(volume)) return false;
            converged = converged && std::fabs(volume - volumes[j]) <= alternation.change * volume;
            volumes[j] = volume;
        }
        if (converged) break;
    }
    return true;
}

// inverse = (upper^T upper)^-1 of a positive definite matrix, both full; false when it is not.
bool invert(const double* matrix, int64_t d, std::vector<double>& upper, std::vector<double>& inverse) {
    upper.assign(matrix, matrix + d * d);
    double* u = upper.data();
    for (int64_t j = 0; j < d; ++j) {
        if (!(u[j * d + j] > 0.0) || !std::isfinite(u[j * d + j])) return false;
        const double pivot = std::sqrt(u[j * d + j]);
        for (int64_t l = j; l < d; ++l) u[j * d + l] /= pivot;
        for (int64_t i = j + 1; i < d; ++i)
            for (int64_t l = i; l < d; ++l) u[i * d + l] -= u[j * d + i] * u[j * d + l];
    }
    double* v = inverse.data();
    for (int64_t c = 0; c < d; ++c) {  // column c: U^T y = e_c, then U x = y; rows of `inverse` hold x
        double* x = v + c * d;
        for (int64_t i = 0; i < d; ++i) {
            double sum = i == c ? 1.0 : 0.0;
            for (int64_t l = c; l < i; ++l) sum -= u[l * d + i] * x[l];
            x[i] = i < c ? 0.0 : sum / u[i * d + i];
        }
        for (int64_t i = d - 1; i >= 0; --i) {
            for (int64_t l = i + 1; l < d; ++l) x[i] -= u[i * d + l] * x[l];
            x[i] /= u[i * d + i];
        }
    }
    return true;
}

}  // namespace

bool equal_shape(int64_t k, int64_t d, const double* shares, double* volumes, const Alternation& alternation,
                 double* variances) {
    std::vector<double> shape(static_cast<size_t>(d));
    const auto update_shape = [&] {
        for (double& entry : shape) entry = 0.0;
        for (int64_t j = 0; j < k; ++j)
            for (int64_t a = 0; a < d; ++a)
                shape[static_cast<size_t>(a)] += shares[j] / volumes[j] * variances[j * d + a];
        return true;
    };
    const auto volume_of = [&](int64_t j) {
        double sum = 0.0;
        for (int64_t a = 0; a < d; ++a) sum += variances[j * d + a] / shape[static_cast<size_t>(a)];
        return sum / static_cast<double>(d);
    };
    if (!alternate(k, volumes, alternation, update_shape, volume_of)) return false;
    for (int64_t j = 0; j < k; ++j)
        for (int64_t a = 0; a < d; ++a) variances[j * d + a] = volumes[j] * shape[static_cast<size_t>(a)];
    return true;
}

bool equal_matrix(const Matrices& covariances, const double* shares, double* volumes, const Alternation& alternation,
                  double* matrix) {
    const int64_t k = covariances.k, d = covariances.d, size = d * d;
    std::vector<double> upper(static_cast<size_t>(size)), inverse(static_cast<size_t>(size));
    const auto update_matrix = [&] {
        for (int64_t i = 0; i < size; ++i) matrix[i] = 0.0;
        for (int64_t j = 0; j < k; ++j) {
            const double factor = shares[j] / volumes[j], *covariance = covariances[j];
            for (int64_t i = 0; i < size; ++i) matrix[i] += factor * covariance[i];
        }
        return invert(matrix, d, upper, inverse);
    };
    const auto volume_of = [&](int64_t j) {
        double sum = 0.0;
        const double* covariance = covariances[j];
        for (int64_t i = 0; i < size; ++i) sum += inverse[static_cast<size_t>(i)] * covariance[i];
        return sum / static_cast<double>(d);
    };
    return alternate(k, volumes, alternation, update_matrix, volume_of);
}

}  // namespace drumlin
