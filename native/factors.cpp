// Cholesky factors of small matrices, in one call for all of them: NumPy's overhead per call would cost more than the
// arithmetic of a small M-step. Plain loops along contiguous rows.
#include "factors.hpp"

#include "stack.hpp"

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

nb::object factors_above(nb::handle covariances, nb::handle floor) {
    const Stack given(covariances, "covariances");
    const Buffer least(floor, "floor");
    const int64_t d = given.d;
    least.expect_type(least.is_float64(), "float64").expect_shape({d, d});
    double* lower = nullptr;
    const auto side = static_cast<size_t>(d);
    const nb::object out = new_array({static_cast<size_t>(given.m), side, side}, &lower);
    std::vector<double> upper(side * side);
    for (int64_t j = 0; j < given.m; ++j, lower += d * d) {
        if (!factorise(given.matrix(j), least.data<double>(), d, upper.data())) return nb::none();
        if (!factorise(given.matrix(j), nullptr, d, upper.data())) return nb::none();
        for (int64_t i = 0; i < d; ++i)
            for (int64_t l = 0; l < d; ++l) lower[i * d + l] = l <= i ? upper[static_cast<size_t>(l * d + i)] : 0.0;
    }
    return out;
}

nb::object inverse_lower(nb::handle factors) {
    const Stack given(factors, "factors");
    const int64_t d = given.d;
    double* inverse = nullptr;
    const auto side = static_cast<size_t>(d);
    const nb::object out = new_array({static_cast<size_t>(given.m), side, side}, &inverse);
    for (int64_t j = 0; j < given.m; ++j, inverse += d * d) {
        const double* lower = given.matrix(j);
        for (int64_t i = 0; i < d; ++i) {  // row i of L^-1 = (e_i - sum over l < i of L_il (row l of L^-1)) / L_ii
            double* row = inverse + i * d;
            for (int64_t c = 0; c < d; ++c) row[c] = 0.0;
            for (int64_t l = 0; l < i; ++l)
                for (int64_t c = 0; c <= l; ++c) row[c] -= lower[i * d + l] * inverse[l * d + c];
            for (int64_t c = 0; c < i; ++c) row[c] /= lower[i * d + i];
            row[i] = 1.0 / lower[i * d + i];
        }
    }
    return out;
}

// L with L L^T = R R^T: the rows of R made orthogonal one after another, without the product.
nb::object lower_factor(nb::handle roots) {
    const Stack given(roots, "roots");
    const int64_t d = given.d;
    double* lower = nullptr;
    const auto side = static_cast<size_t>(d);
    const nb::object out = new_array({static_cast<size_t>(given.m), side, side}, &lower);
    std::vector<double> left(side * side);
    for (int64_t j = 0; j < given.m; ++j, lower += d * d) {
        std::copy_n(given.matrix(j), d * d, left.begin());
        for (int64_t i = 0; i < d; ++i) {
            double* row = left.data() + i * d;
            const double length = std::sqrt(std::inner_product(row, row + d, row, 0.0));
            for (int64_t c = 0; c < d; ++c) row[c] /= length;
            for (int64_t l = 0; l < i; ++l) lower[l * d + i] = 0.0;
            lower[i * d + i] = length;
            for (int64_t l = i + 1; l < d; ++l) {
                double* other = left.data() + l * d;
                const double along = std::inner_product(row, row + d, other, 0.0);
                lower[l * d + i] = along;
                for (int64_t c = 0; c < d; ++c) other[c] -= along * row[c];
            }
        }
    }
    return out;
}

nb::object log_determinants(nb::handle factors) {
    const Stack given(factors, "factors");
    double* out = nullptr;
    const nb::object array = new_array({static_cast<size_t>(given.m)}, &out);
    for (int64_t j = 0; j < given.m; ++j) {
        out[j] = 0.0;
        for (int64_t i = 0; i < given.d; ++i) out[j] += std::log(given.matrix(j)[i * given.d + i]);
        out[j] *= 2.0;
    }
    return array;
}

}  // namespace

void define_factors(nb::module_& module) {
    module.def("factors_above", &factors_above, nb::arg("covariances"), nb::arg("floor"));
    module.def("lower_factor", &lower_factor, nb::arg("roots"));
    module.def("inverse_lower", &inverse_lower, nb::arg("factors"));
    module.def("log_determinants", &log_determinants, nb::arg("factors"));
}

}  // namespace drumlin
