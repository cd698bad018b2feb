// Agglomeration: groups of rows are merged two by two until one remains. No Python, no vectors.
#pragma once

#include "simd/table.hpp"

namespace drumlin {

// Fills merges (m - 1, 2) for rows y (m, d): group b joins group a < b. Each merge has the least cost of all pairs;
// among equals the smallest a, then b.
void agglomerate(const Merger& merger, const double* y, const double* mass, int64_t m, int64_t d, double offset,
                 int64_t* merges);

}  // namespace drumlin
