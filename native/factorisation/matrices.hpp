// The argument of all factorisations: covariances, their factors or their roots.
#pragma once

#include <cstdint>

namespace drumlin {

// k matrices of d rows and d columns, (k, d, d), borrowed.
struct Matrices {
    const double* data;
    int64_t k, d;

    const double* operator[](int64_t j) const { return data + j * d * d; }
};

}  // namespace drumlin
