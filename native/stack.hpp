#pragma once

#include "buffer.hpp"

namespace drumlin {

// (m, d, d) float64, borrowed.
struct Stack {
    Buffer buffer;
    int64_t m, d;

    Stack(nb::handle array, const char* name) : buffer(array, name) {
        buffer.expect_dimensions(3, 3).expect_type(buffer.is_float64(), "float64");
        m = buffer.size(0);
        d = buffer.size(1);
        buffer.expect_shape({m, d, d});
    }
    const double* matrix(int64_t j) const { return buffer.data<double>() + j * d * d; }
};

}  // namespace drumlin
