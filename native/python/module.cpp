// The functions that Python calls: each checks its arguments, chooses the instruction set and releases the GIL.
#include "driver/agglomerate.hpp"
#include "driver/driver.hpp"
#include "python/arguments.hpp"
#include "python/factorisation.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>

namespace drumlin {
namespace {

nb::tuple expect_moments(nb::handle x, nb::handle sample_weight, nb::handle labels, nb::handle means,
                         nb::handle whitening, nb::handle constants, const std::string& form, int n_threads,
                         const std::string& instruction_set) {
    const PassArguments inputs(x, means, whitening, constants);
    const RowArguments given(inputs, sample_weight, labels);
    const Pass& pass = inputs.pass(instruction_set);
    checked_threads(n_threads);
    NewMoments out(inputs.density, form_named(form));
    {
        const nb::gil_scoped_release unlocked;
        expect(pass, given.rows, inputs.density, out.moments, n_threads);
    }
    return nb::make_tuple(out.moments.log_likelihood, out.moments.count, out.mass, out.shift, out.scatter);
}

nb::tuple expect_moments_ordered(nb::handle x, nb::handle sample_weight, nb::handle labels, nb::handle means,
                                 nb::handle whitening, nb::handle constants, nb::handle rows, nb::handle edges,
                                 const std::string& form, int n_threads, const std::string& instruction_set) {
    const PassArguments inputs(x, means, whitening, constants);
    const RowArguments given(inputs, sample_weight, labels);
    const OrderArguments order(inputs, rows, edges);
    const Pass& pass = inputs.pass(instruction_set);
    checked_threads(n_threads);
    NewMoments out(inputs.density, form_named(form));
    {
        const nb::gil_scoped_release unlocked;
        expect_ordered(pass, given.rows, order.order, inputs.density, out.moments, n_threads);
    }
    return nb::make_tuple(out.moments.log_likelihood, out.moments.count, out.mass, out.shift, out.scatter,
                          out.moments.evaluated);
}

void fill_row_order(nb::handle x, nb::handle means, nb::handle whitening, nb::handle constants, nb::handle rows,
                    nb::handle edges, int n_threads, const std::string& instruction_set) {
    const PassArguments inputs(x, means, whitening, constants);
    const Buffer to_rows(rows, "rows", Buffer::Access::write), to_edges(edges, "edges", Buffer::Access::write);
    to_rows.expect_type(to_rows.is_int32(), "int32").expect_shape({inputs.x.n});
    to_edges.expect_type(to_edges.is_int64(), "int64").expect_shape({inputs.density.k + 1});
    if (inputs.density.k > 65536 || inputs.x.n > 2147483647)
        throw nb::value_error("an order is of at most 2^31 - 1 rows and 2^16 components");
    const Pass& pass = inputs.pass(instruction_set);
    checked_threads(n_threads);
    const nb::gil_scoped_release unlocked;
    order_rows(pass, inputs.x, inputs.density, to_rows.data<int32_t>(), to_edges.data<int64_t>(), n_threads);
}

template <Output output>
void fill_output(nb::handle x, nb::handle means, nb::handle whitening, nb::handle constants, nb::handle out,
                 int n_threads, const std::string& instruction_set) {
    const PassArguments inputs(x, means, whitening, constants);
    const Buffer target(out, "out", Buffer::Access::write);
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
    evaluate(pass, inputs.x, inputs.density, output, target.data<void>(), n_threads);
}

void draw_sample(uint64_t key, nb::handle cumulative, nb::handle means, nb::handle colouring, nb::handle x,
                 nb::handle labels, int n_threads, const std::string& instruction_set) {
    const Buffer edges(cumulative, "cumulative"), centres(means, "means"), factors(colouring, "colouring");
    const Buffer rows(x, "x", Buffer::Access::write), origins(labels, "labels", Buffer::Access::write);
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
    const Draws draws{k,          d,  edges.data<double>(), centres.data<double>(), factors.data<double>(), first == 1,
                      triangular, key};
    const Sampler& sampler = *chosen(instruction_set).sampler;
    checked_threads(n_threads);
    const nb::gil_scoped_release unlocked;
    sample(sampler, draws, n, rows.data<double>(), origins.data<int64_t>(), n_threads);
}

void merge_groups(nb::handle y, nb::handle mass, double offset, nb::handle merges, const std::string& instruction_set) {
    const Buffer rows(y, "y"), masses(mass, "mass"), steps(merges, "merges", Buffer::Access::write);
    rows.expect_dimensions(2, 2).expect_type(rows.is_float64(), "float64");
    const int64_t m = rows.size(0), d = rows.size(1);
    if (m < 1 || d < 1) throw nb::value_error("y must have at least one row and one column");
    if (!(offset > 0.0)) throw nb::value_error("offset must be positive");
    rows.expect_shape({m, d});
    masses.expect_type(masses.is_float64(), "float64").expect_shape({m});
    steps.expect_type(steps.is_int64(), "int64").expect_shape({m - 1, 2});
    const Merger& merger = *chosen(instruction_set).merger;
    const nb::gil_scoped_release unlocked;
    agglomerate(merger, rows.data<double>(), masses.data<double>(), m, d, offset, steps.data<int64_t>());
}

template <Output output> void define_output(nb::module_& module, const char* name) {
    module.def(name, &fill_output<output>, nb::arg("x"), nb::arg("means"), nb::arg("whitening"), nb::arg("constants"),
               nb::arg("out"), nb::arg("n_threads"), nb::arg("instruction_set"));
}

void fill_exponentials(nb::handle x, nb::handle out, const std::string& instruction_set) {
    const Buffer from(x, "x"), to(out, "out", Buffer::Access::write);
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
    define_factorisation(module);
    module.def("instruction_sets", [] {
        std::vector<std::string> names;
        for (const InstructionSet* set : instruction_sets()) names.emplace_back(set->name);
        return names;
    });
    module.def("expect", &expect_moments, nb::arg("x"), nb::arg("sample_weight").none(), nb::arg("labels").none(),
               nb::arg("means"), nb::arg("whitening"), nb::arg("constants"), nb::arg("form"), nb::arg("n_threads"),
               nb::arg("instruction_set"));
    module.def("expect_ordered", &expect_moments_ordered, nb::arg("x"), nb::arg("sample_weight").none(),
               nb::arg("labels").none(), nb::arg("means"), nb::arg("whitening"), nb::arg("constants"), nb::arg("rows"),
               nb::arg("edges"), nb::arg("form"), nb::arg("n_threads"), nb::arg("instruction_set"));
    module.def("order_rows", &fill_row_order, nb::arg("x"), nb::arg("means"), nb::arg("whitening"),
               nb::arg("constants"), nb::arg("rows"), nb::arg("edges"), nb::arg("n_threads"),
               nb::arg("instruction_set"));
    define_output<Output::log_joint>(module, "log_joint");
    define_output<Output::responsibilities>(module, "responsibilities");
    define_output<Output::log_density>(module, "log_density");
    define_output<Output::labels>(module, "labels");
    module.def("sample", &draw_sample, nb::arg("key"), nb::arg("cumulative"), nb::arg("means"), nb::arg("colouring"),
               nb::arg("x"), nb::arg("labels"), nb::arg("n_threads"), nb::arg("instruction_set"));
    module.def("merges", &merge_groups, nb::arg("y"), nb::arg("mass"), nb::arg("offset"), nb::arg("merges"),
               nb::arg("instruction_set"));
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
