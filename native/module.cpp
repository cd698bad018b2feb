// The Python face: checks arguments, releases the GIL, chooses the instruction set.
#include "buffer.hpp"
#include "driver.hpp"
#include "factors.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>

namespace drumlin {
namespace {

const InstructionSet& chosen(const std::string& name) {
    for (const InstructionSet* set : instruction_sets())
        if (name == set->name) return *set;
    throw nb::value_error(("instruction set '" + name + "' is not available on this machine").c_str());
}

int checked_threads(int n_threads) {
    if (n_threads < 1) throw nb::value_error("n_threads must be at least 1");
    return n_threads;
}

// x with the parameters of a density, checked against each other; borrows all arrays.
class Inputs {
    Buffer x_, means_, whitening_, constants_;

  public:
    bool float64 = false;
    Rows x{};
    Density density{};

    Inputs(nb::handle x_in, nb::handle means, nb::handle whitening, nb::handle constants)
        : x_(x_in, "x"), means_(means, "means"), whitening_(whitening, "whitening"),
          constants_(constants, "constants") {
        float64 = x_.is_float64();
        x_.expect_dimensions(2, 2).expect_type(float64 || x_.is_float32(), "float64 or float32");
        means_.expect_dimensions(2, 2).expect_type(means_.is_float64(), "float64");
        const int64_t k = means_.size(0), d = x_.size(1);
        if (k < 1 || d < 1) throw nb::value_error("means must have at least one row, x at least one column");
        means_.expect_shape({k, d});
        constants_.expect_type(constants_.is_float64(), "float64").expect_shape({k});
        whitening_.expect_dimensions(2, 3).expect_type(whitening_.is_float64(), "float64");
        const int64_t first = whitening_.size(0) == 1 ? 1 : k;
        const bool triangular = whitening_.dimensions() == 3;
        if (triangular)
            whitening_.expect_shape({first, d, d});
        else
            whitening_.expect_shape({first, d});
        x = {x_.data<char>(), x_.size(0), d, x_.step(0), x_.step(1)};
        density = {k,          d, means_.data<double>(), whitening_.data<double>(), constants_.data<double>(),
                   first == 1, triangular};
    }
    const Pass& pass(const std::string& set) const { return float64 ? chosen(set).float64 : chosen(set).float32; }
};

// Holds the optional arrays of samples; labels are checked here because a wrong one would exclude every component.
class Samples_ {
    std::optional<Buffer> sample_weight_, labels_;

  public:
    Samples samples;

    Samples_(const Inputs& inputs, nb::handle sample_weight, nb::handle labels) : samples{inputs.x, nullptr, nullptr} {
        const int64_t n = inputs.x.n;
        if (!sample_weight.is_none()) {
            sample_weight_.emplace(sample_weight, "sample_weight");
            sample_weight_->expect_type(sample_weight_->is_float64(), "float64").expect_shape({n});
            samples.sample_weight = sample_weight_->data<double>();
        }
        if (!labels.is_none()) {
            labels_.emplace(labels, "labels");
            labels_->expect_type(labels_->is_int64(), "int64").expect_shape({n});
            samples.labels = labels_->data<int64_t>();
            for (int64_t i = 0; i < n; ++i)
                if (samples.labels[i] < -1 || samples.labels[i] >= inputs.density.k)
                    throw nb::value_error("labels must lie between -1 and the number of components - 1");
        }
    }
};

Form form_named(const std::string& name) {
    if (name == "full") return Form::full;
    if (name == "diagonal") return Form::diagonal;
    if (name == "means") return Form::means;
    throw nb::value_error(("form '" + name + "' is not one of full, diagonal, means").c_str());
}

nb::tuple expect_moments(nb::handle x, nb::handle sample_weight, nb::handle labels, nb::handle means,
                         nb::handle whitening, nb::handle constants, const std::string& form, int n_threads,
                         const std::string& instruction_set) {
    const Inputs inputs(x, means, whitening, constants);
    const Samples_ given(inputs, sample_weight, labels);
    const Pass& pass = inputs.pass(instruction_set);
    checked_threads(n_threads);
    const auto k = static_cast<size_t>(inputs.density.k), d = static_cast<size_t>(inputs.density.d);
    Moments moments{0, 0, nullptr, nullptr, nullptr, form_named(form)};
    const nb::object mass = new_array({k}, &moments.mass), shift = new_array({k, d}, &moments.shift);
    const nb::object scatter = moments.form == Form::full       ? new_array({k, d, d}, &moments.scatter)
                               : moments.form == Form::diagonal ? new_array({k, d}, &moments.scatter)
                                                                : new_array({0, d, d}, &moments.scatter);
    {
        const nb::gil_scoped_release unlocked;
        expect(pass, given.samples, inputs.density, moments, n_threads);
    }
    return nb::make_tuple(moments.log_likelihood, moments.count, mass, shift, scatter);
}

template <Output output>
void fill_rows(nb::handle x, nb::handle means, nb::handle whitening, nb::handle constants, nb::handle out,
               int n_threads, const std::string& instruction_set) {
    const Inputs inputs(x, means, whitening, constants);
    const Buffer target(out, "out", true);
    const bool matrix = output == Output::log_joint || output == Output::responsibilities;
    if (matrix)
        target.expect_shape({inputs.x.n, inputs.density.k});
    else
        target.expect_shape({inputs.x.n});
    if (output == Output::labels)
        target.expect_type(target.is_int64(), "int64");
    else
        target.expect_type(inputs.float64 ? target.is_float64() : target.is_float32(), "of the float type of x");
    const Pass& pass = inputs.pass(instruction_set);
    checked_threads(n_threads);
    const nb::gil_scoped_release unlocked;
    rows(pass, inputs.x, inputs.density, output, target.data<void>(), n_threads);
}

void draw_rows(uint64_t key, nb::handle cumulative, nb::handle means, nb::handle colouring, nb::handle x,
               nb::handle labels, int n_threads, const std::string& instruction_set) {
    const Buffer edges(cumulative, "cumulative"), centres(means, "means"), factors(colouring, "colouring");
    const Buffer rows(x, "x", true), origins(labels, "labels", true);
    centres.expect_dimensions(2, 2).expect_type(centres.is_float64(), "float64");
    const int64_t k = centres.size(0), d = centres.size(1);
    if (k < 1 || d < 1) throw nb::value_error("means must have at least one row and one column");
    centres.expect_shape({k, d});
    edges.expect_type(edges.is_float64(), "float64").expect_shape({k - 1});
    factors.expect_dimensions(2, 3).expect_type(factors.is_float64(), "float64");
    const int64_t first = factors.size(0) == 1 ? 1 : k;
    const bool triangular = factors.dimensions() == 3;
    if (triangular && d == 1) throw nb::value_error("colouring of one column is a scale: it must have 2 dimensions");
    if (triangular)
        factors.expect_shape({first, d, d});
    else
        factors.expect_shape({first, d});
    rows.expect_dimensions(2, 2).expect_type(rows.is_float64(), "float64");
    const int64_t n = rows.size(0);
    rows.expect_shape({n, d});
    origins.expect_type(origins.is_int64(), "int64").expect_shape({n});
    const Draws draws{k,          d,          edges.data<double>(), centres.data<double>(), factors.data<double>(),
                      first == 1, triangular, key};
    const Sampler& sampler = *chosen(instruction_set).sampler;
    checked_threads(n_threads);
    const nb::gil_scoped_release unlocked;
    sample(sampler, draws, n, rows.data<double>(), origins.data<int64_t>(), n_threads);
}

template <Output output> void define_rows(nb::module_& module, const char* name) {
    module.def(name, &fill_rows<output>, nb::arg("x"), nb::arg("means"), nb::arg("whitening"), nb::arg("constants"),
               nb::arg("out"), nb::arg("n_threads"), nb::arg("instruction_set"));
}

void fill_exponentials(nb::handle x, nb::handle out, const std::string& instruction_set) {
    const Buffer from(x, "x"), to(out, "out", true);
    from.expect_dimensions(1, 1).expect_type(from.is_float64() || from.is_float32(), "float64 or float32");
    from.expect_shape({from.size(0)});
    to.expect_type(from.is_float64() ? to.is_float64() : to.is_float32(), "of the float type of x")
        .expect_shape({from.size(0)});
    const InstructionSet& set = chosen(instruction_set);
    exponentials(from.is_float64() ? set.float64 : set.float32, from.data<void>(), from.size(0),
                 from.is_float64() ? sizeof(double) : sizeof(float), to.data<void>());
}

void define_rate(nb::module_& module, const char* name, double (*rate)(const Pass&, int, double)) {
    module.def(
        name,
        [rate](bool float32, int n_threads, double seconds, const std::string& set) {
            const Pass& pass = float32 ? chosen(set).float32 : chosen(set).float64;
            checked_threads(n_threads);
            const nb::gil_scoped_release unlocked;
            return rate(pass, n_threads, seconds);
        },
        nb::arg("float32"), nb::arg("n_threads"), nb::arg("seconds"), nb::arg("instruction_set"));
}

}  // namespace
}  // namespace drumlin

NB_MODULE(_native, module) {
    using namespace drumlin;
    namespace nb = nanobind;
    module.doc() = "The compiled E and M pass. The stub file says what each function takes and returns.";
    define_factors(module);
    module.def("instruction_sets", [] {
        std::vector<std::string> names;
        for (const InstructionSet* set : instruction_sets()) names.emplace_back(set->name);
        return names;
    });
    module.def("expect", &expect_moments, nb::arg("x"), nb::arg("sample_weight").none(), nb::arg("labels").none(),
               nb::arg("means"), nb::arg("whitening"), nb::arg("constants"), nb::arg("form"), nb::arg("n_threads"),
               nb::arg("instruction_set"));
    define_rows<Output::log_joint>(module, "log_joint");
    define_rows<Output::responsibilities>(module, "responsibilities");
    define_rows<Output::log_density>(module, "log_density");
    define_rows<Output::labels>(module, "labels");
    module.def("sample", &draw_rows, nb::arg("key"), nb::arg("cumulative"), nb::arg("means"), nb::arg("colouring"),
               nb::arg("x"), nb::arg("labels"), nb::arg("n_threads"), nb::arg("instruction_set"));
    module.def("exp_nonpositive", &fill_exponentials, nb::arg("x"), nb::arg("out"), nb::arg("instruction_set"));
    define_rate(module, "multiply_add_rate", &multiply_add_rate);
    define_rate(module, "exponential_rate", &exponential_rate);
    module.def(
        "read_rate",
        [](int64_t bytes, int n_threads, double seconds, const std::string& set) {
            const Pass& pass = chosen(set).float64;
            if (bytes < 1) throw nb::value_error("n_bytes must be at least 1");
            checked_threads(n_threads);
            const nb::gil_scoped_release unlocked;
            return read_rate(pass, bytes, n_threads, seconds);
        },
        nb::arg("n_bytes"), nb::arg("n_threads"), nb::arg("seconds"), nb::arg("instruction_set"));
}
