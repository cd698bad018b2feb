// The arguments that Python passes, checked and borrowed, and the arrays that it gets back.
#pragma once

#include "driver/driver.hpp"
#include "python/buffer.hpp"

#include <nanobind/ndarray.h>

#include <optional>
#include <string>

namespace drumlin {

inline const InstructionSet& chosen(const std::string& name) {
    for (const InstructionSet* set : instruction_sets())
        if (name == set->name) return *set;
    throw nb::value_error(("instruction set '" + name + "' is not available on this machine").c_str());
}

inline int checked_threads(int n_threads) {
    if (n_threads < 1) throw nb::value_error("n_threads must be at least 1");
    return n_threads;
}

// x with the parameters of a density, checked against each other; borrows all arrays.
class PassArguments {
    Buffer x_, means_, whitening_, constants_;

  public:
    bool float64 = false;
    MatrixView x{};
    Density density{};

    PassArguments(nb::handle x_in, nb::handle means, nb::handle whitening, nb::handle constants)
        : x_(x_in, "x", Buffer::Access::bytes), means_(means, "means"), whitening_(whitening, "whitening"),
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
        density = {k,          d,         means_.data<double>(), whitening_.data<double>(), constants_.data<double>(),
                   first == 1, triangular};
    }
    const Pass& pass(const std::string& set) const { return float64 ? chosen(set).float64 : chosen(set).float32; }
};

// x with its optional sample weights and labels. Labels are checked here: a wrong one would exclude every component.
class RowArguments {
    std::optional<Buffer> sample_weight_, labels_;

  public:
    Rows rows;

    RowArguments(const PassArguments& inputs, nb::handle sample_weight, nb::handle labels)
        : rows{inputs.x, nullptr, nullptr} {
        const int64_t n = inputs.x.n;
        if (!sample_weight.is_none()) {
            sample_weight_.emplace(sample_weight, "sample_weight");
            sample_weight_->expect_type(sample_weight_->is_float64(), "float64").expect_shape({n});
            rows.sample_weight = sample_weight_->data<double>();
        }
        if (!labels.is_none()) {
            labels_.emplace(labels, "labels");
            labels_->expect_type(labels_->is_int64(), "int64").expect_shape({n});
            rows.labels = labels_->data<int64_t>();
            for (int64_t i = 0; i < n; ++i)
                if (rows.labels[i] < -1 || rows.labels[i] >= inputs.density.k)
                    throw nb::value_error("labels must lie between -1 and the number of components - 1");
        }
    }
};

inline Form form_named(const std::string& name) {
    if (name == "full") return Form::full;
    if (name == "diagonal") return Form::diagonal;
    if (name == "means") return Form::means;
    throw nb::value_error(("form '" + name + "' is not one of full, diagonal, means").c_str());
}

// An index out of range is refused. That each row occurs once is up to the caller.
class OrderArguments {
    Buffer rows_, edges_;

  public:
    RowOrder order{};

    OrderArguments(const PassArguments& inputs, nb::handle rows, nb::handle edges)
        : rows_(rows, "rows"), edges_(edges, "edges") {
        const int64_t n = inputs.x.n, k = inputs.density.k;
        rows_.expect_type(rows_.is_int32(), "int32").expect_shape({n});
        edges_.expect_type(edges_.is_int64(), "int64").expect_shape({k + 1});
        order = {rows_.data<int32_t>(), edges_.data<int64_t>()};
        bool inside = true;
        for (int64_t i = 0; i < n; ++i) inside &= static_cast<uint32_t>(order.rows[i]) < static_cast<uint64_t>(n);
        if (!inside) throw nb::value_error("rows must lie between 0 and the number of rows - 1");
        bool rising = order.edges[0] == 0 && order.edges[k] == n;
        for (int64_t j = 0; j < k; ++j) rising &= order.edges[j] <= order.edges[j + 1];
        if (!rising) throw nb::value_error("edges must rise from 0 to the number of rows");
    }
};

// Moments in new arrays.
struct NewMoments {
    Moments moments;
    nb::object mass, shift, scatter;

    NewMoments(const Density& density, Form form) : moments{0, 0, 0, nullptr, nullptr, nullptr, form} {
        const auto k = static_cast<size_t>(density.k), d = static_cast<size_t>(density.d);
        mass = new_array({k}, &moments.mass);
        shift = new_array({k, d}, &moments.shift);
        scatter = form == Form::full       ? new_array({k, d, d}, &moments.scatter)
                  : form == Form::diagonal ? new_array({k, d}, &moments.scatter)
                                           : new_array({0, d, d}, &moments.scatter);
    }
};

}  // namespace drumlin
