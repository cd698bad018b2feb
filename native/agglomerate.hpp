// Groups of rows merged two by two until one is left: no Python here.
#pragma once

#include "groups.hpp"

namespace drumlin {

// Fills merges (m - 1, 2): group b joins group a < b, which costs least; among equals the smallest a, then b. y (m, d).
void agglomerate(const Merger& merger, const double* y, const double* mass, int64_t m, int64_t d, double offset,
                 int64_t* merges);

}  // namespace drumlin
