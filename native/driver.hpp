// The passes with threads: no Python here.
#pragma once

#include "pass.hpp"

#include <vector>

namespace drumlin {

// Those compiled in and supported by this machine, slowest first.
std::vector<const InstructionSet*> instruction_sets();

void expect(const Pass& pass, const Samples& samples, const Density& density, Moments& moments, int n_threads);
void rows(const Pass& pass, const Rows& x, const Density& density, Output output, void* out, int n_threads);

// Floating-point operations per second (a multiply-add is two) of all threads together, for about `seconds`.
double multiply_add_rate(const Pass& pass, int n_threads, double seconds);

}  // namespace drumlin
