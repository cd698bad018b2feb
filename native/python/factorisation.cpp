// Small matrices from Python: arguments checked and unpacked, results in new arrays.
#include "python/factorisation.hpp"

#include "factorisation/cholesky.hpp"
#include "factorisation/principal_axes.hpp"
#include "factorisation/proportional.hpp"
#include "python/buffer.hpp"

#include <algorithm>
#include <vector>

namespace drumlin {
namespace {

// (k, d, d) float64, borrowed.
class MatricesArgument {
    Buffer buffer_;

  public:
    const Matrices matrices;

    MatricesArgument(nb::handle array, const char* name)
        : buffer_(array, name), matrices{checked(buffer_), buffer_.size(0), buffer_.size(1)} {}

    size_t k() const { return static_cast<size_t>(matrices.k); }
    size_t d() const { return static_cast<size_t>(matrices.d); }

  private:
    static const double* checked(const Buffer& buffer) {
        buffer.expect_dimensions(3, 3).expect_type(buffer.is_float64(), "float64");
        buffer.expect_shape({buffer.size(0), buffer.size(1), buffer.size(1)});
        return buffer.data<double>();
    }
};

const double* float64_of(const Buffer& buffer, std::initializer_list<int64_t> shape) {
    buffer.expect_type(buffer.is_float64(), "float64").expect_shape(shape);
    return buffer.data<double>();
}

nb::object factors_above_floor(nb::handle covariances, nb::handle floor) {
    const MatricesArgument given(covariances, "covariances");
    const Buffer least(floor, "floor");
    const double* subtracted = float64_of(least, {given.matrices.d, given.matrices.d});
    double* lower = nullptr;
    const nb::object out = new_array({given.k(), given.d(), given.d()}, &lower);
    return factors_above(given.matrices, subtracted, lower) ? out : nb::none();
}

template <void (*function)(const Matrices&, double*)> nb::object new_matrices(nb::handle array, const char* name) {
    const MatricesArgument given(array, name);
    double* out = nullptr;
    const nb::object matrices = new_array({given.k(), given.d(), given.d()}, &out);
    function(given.matrices, out);
    return matrices;
}

nb::object log_determinants_of(nb::handle factors) {
    const MatricesArgument given(factors, "factors");
    double* out = nullptr;
    const nb::object array = new_array({given.k()}, &out);
    log_determinants(given.matrices, out);
    return array;
}

nb::tuple principal_axes_of(nb::handle covariances) {
    const MatricesArgument given(covariances, "covariances");
    double *variances = nullptr, *axes = nullptr;
    const nb::object values = new_array({given.k(), given.d()}, &variances);
    const nb::object vectors = new_array({given.k(), given.d(), given.d()}, &axes);
    principal_axes(given.matrices, variances, axes);
    return nb::make_tuple(values, vectors);
}

nb::tuple common_axes_of(nb::handle covariances, nb::handle shares, nb::handle axes, bool equal_volume, int sweeps,
                         double gain) {
    const MatricesArgument given(covariances, "covariances");
    const int64_t k = given.matrices.k, d = given.matrices.d;
    const Buffer weights(shares, "shares"), start(axes, "axes");
    const double *share = float64_of(weights, {k}), *first = float64_of(start, {d, d});
    double *variances = nullptr, *out = nullptr;
    const nb::object values = new_array({given.k(), given.d()}, &variances);
    const nb::object vectors = new_array({given.d(), given.d()}, &out);
    std::copy_n(first, d * d, out);
    common_axes(given.matrices, share, equal_volume, sweeps, gain, out, variances);
    return nb::make_tuple(values, vectors);
}

nb::object equal_shape_of(nb::handle variances, nb::handle shares, nb::handle volumes, int steps, double change) {
    const Buffer given(variances, "variances"), weights(shares, "shares"), start(volumes, "volumes");
    given.expect_dimensions(2, 2);
    const int64_t k = given.size(0), d = given.size(1);
    const double* variance = float64_of(given, {k, d});
    const double *share = float64_of(weights, {k}), *first = float64_of(start, {k});
    std::vector<double> volume(first, first + k);
    double* out = nullptr;
    const nb::object proportional = new_array({static_cast<size_t>(k), static_cast<size_t>(d)}, &out);
    std::copy_n(variance, k * d, out);
    return equal_shape(k, d, share, volume.data(), {steps, change}, out) ? proportional : nb::none();
}

nb::object equal_matrix_of(nb::handle covariances, nb::handle shares, nb::handle volumes, int steps, double change) {
    const MatricesArgument given(covariances, "covariances");
    const int64_t k = given.matrices.k;
    const Buffer weights(shares, "shares"), start(volumes, "volumes");
    const double *share = float64_of(weights, {k}), *first = float64_of(start, {k});
    double *volume = nullptr, *matrix = nullptr;
    const nb::object scales = new_array({given.k()}, &volume), common = new_array({given.d(), given.d()}, &matrix);
    std::copy_n(first, k, volume);
    if (!equal_matrix(given.matrices, share, volume, {steps, change}, matrix)) return nb::none();
    return nb::make_tuple(scales, common);
}

}  // namespace

void define_factorisation(nb::module_& module) {
    module.def("factors_above", &factors_above_floor, nb::arg("covariances"), nb::arg("floor"));
    module.def(
        "lower_factor", [](nb::handle roots) { return new_matrices<lower_factor>(roots, "roots"); }, nb::arg("roots"));
    module.def(
        "inverse_lower", [](nb::handle factors) { return new_matrices<inverse_lower>(factors, "factors"); },
        nb::arg("factors"));
    module.def("log_determinants", &log_determinants_of, nb::arg("factors"));
    module.def("principal_axes", &principal_axes_of, nb::arg("covariances"));
    module.def("common_axes", &common_axes_of, nb::arg("covariances"), nb::arg("shares"), nb::arg("axes"),
               nb::arg("equal_volume"), nb::arg("sweeps"), nb::arg("gain"));
    module.def("equal_shape", &equal_shape_of, nb::arg("variances"), nb::arg("shares"), nb::arg("volumes"),
               nb::arg("steps"), nb::arg("change"));
    module.def("equal_matrix", &equal_matrix_of, nb::arg("covariances"), nb::arg("shares"), nb::arg("volumes"),
               nb::arg("steps"), nb::arg("change"));
}

}  // namespace drumlin
