// Volumes of covariances that are otherwise equal, and what is equal in them, in turn until neither moves: rules
// whose single steps are cheaper than a call of NumPy.
#include "volumes.hpp"

#include "stack.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace drumlin {
namespace {

// The alternation: `meet(volumes)` makes what is equal from the volumes, `measure(j)` the volume of j beside it.
// False when a volume is not a positive number.
template <class Meet, class Measure>
bool alternate(std::vector<double>& volumes, int steps, double change, Meet meet, Measure measure) {
    for (int step = 0; step < steps; ++step) {
        if (!meet(volumes)) return false;
        bool still = true;
        for (size_t j = 0; j < volumes.size(); ++j) {
            const double volume = measure(static_cast<int64_t>(j));
            if (!(volume > 0.0) || !std::isfinite(volume)) return false;
            still = still && std::fabs(volume - volumes[j]) <= change * volume;
            volumes[j] = volume;
        }
        if (still) break;
    }
    return true;
}

std::vector<double> checked(const Buffer& shares, const Buffer& volumes, int64_t k) {
    shares.expect_type(shares.is_float64(), "float64").expect_shape({k});
    volumes.expect_type(volumes.is_float64(), "float64").expect_shape({k});
    return {volumes.data<double>(), volumes.data<double>() + k};
}

nb::object equal_shape(nb::handle variances, nb::handle shares, nb::handle volumes, int steps, double change) {
    const Buffer given(variances, "variances"), weights(shares, "shares"), start(volumes, "volumes");
    given.expect_dimensions(2, 2).expect_type(given.is_float64(), "float64");
    const int64_t k = given.size(0), d = given.size(1);
    given.expect_shape({k, d});
    std::vector<double> volume = checked(weights, start, k), shape(static_cast<size_t>(d));
    const double *own = given.data<double>(), *share = weights.data<double>();
    const auto meet = [&](const std::vector<double>& known) {
        for (double& entry : shape) entry = 0.0;
        for (int64_t j = 0; j < k; ++j)
            for (int64_t a = 0; a < d; ++a)
                shape[static_cast<size_t>(a)] += share[j] / known[static_cast<size_t>(j)] * own[j * d + a];
        return true;
    };
    const auto measure = [&](int64_t j) {
        double sum = 0.0;
        for (int64_t a = 0; a < d; ++a) sum += own[j * d + a] / shape[static_cast<size_t>(a)];
        return sum / static_cast<double>(d);
    };
    if (!alternate(volume, steps, change, meet, measure)) return nb::none();
    double* out = nullptr;
    const nb::object spread = new_array({static_cast<size_t>(k), static_cast<size_t>(d)}, &out);
    for (int64_t j = 0; j < k; ++j)
        for (int64_t a = 0; a < d; ++a) out[j * d + a] = volume[static_cast<size_t>(j)] * shape[static_cast<size_t>(a)];
    return spread;
}

// inverse = (upper^T upper)^-1 of a positive definite matrix, both full; false when it is not.
bool invert(const std::vector<double>& matrix, int64_t d, std::vector<double>& upper, std::vector<double>& inverse) {
    upper = matrix;
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

nb::object equal_matrix(nb::handle covariances, nb::handle shares, nb::handle volumes, int steps, double change) {
    const Stack given(covariances, "covariances");
    const Buffer weights(shares, "shares"), start(volumes, "volumes");
    const int64_t k = given.m, d = given.d;
    std::vector<double> volume = checked(weights, start, k);
    const auto side = static_cast<size_t>(d);
    std::vector<double> common(side * side), upper(side * side), inverse(side * side);
    const double* share = weights.data<double>();
    const auto meet = [&](const std::vector<double>& known) {
        for (double& entry : common) entry = 0.0;
        for (int64_t j = 0; j < k; ++j) {
            const double factor = share[j] / known[static_cast<size_t>(j)], *own = given.matrix(j);
            for (size_t i = 0; i < common.size(); ++i) common[i] += factor * own[i];
        }
        return invert(common, d, upper, inverse);
    };
    const auto measure = [&](int64_t j) {
        double sum = 0.0;
        const double* own = given.matrix(j);
        for (size_t i = 0; i < inverse.size(); ++i) sum += inverse[i] * own[i];
        return sum / static_cast<double>(d);
    };
    if (!alternate(volume, steps, change, meet, measure)) return nb::none();
    double *lambda = nullptr, *matrix = nullptr;
    const nb::object scales = new_array({volume.size()}, &lambda), equal = new_array({side, side}, &matrix);
    std::copy(volume.begin(), volume.end(), lambda);
    std::copy(common.begin(), common.end(), matrix);
    return nb::make_tuple(scales, equal);
}

}  // namespace

void define_volumes(nb::module_& module) {
    module.def("equal_shape", &equal_shape, nb::arg("variances"), nb::arg("shares"), nb::arg("volumes"),
               nb::arg("steps"), nb::arg("change"));
    module.def("equal_matrix", &equal_matrix, nb::arg("covariances"), nb::arg("shares"), nb::arg("volumes"),
               nb::arg("steps"), nb::arg("change"));
}

}  // namespace drumlin
