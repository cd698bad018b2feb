// The work of an instruction set on several threads. No Python, no vectors.
#pragma once

#include "simd/table.hpp"

#include <vector>

namespace drumlin {

// The instruction sets that were compiled in and that this machine supports, slowest first.
std::vector<const InstructionSet*> instruction_sets();

void expect(const Pass& pass, const Rows& rows, const Density& density, Moments& moments, int n_threads);
void expect_ordered(const Pass& pass, const Rows& rows, const RowOrder& order, const Density& density, Moments& moments,
                    int n_threads);

// Fills rows (n,) and edges (k + 1,): the rows by most likely component, in increasing order within one. k is at most
// 2^16.
void order_rows(const Pass& pass, const MatrixView& x, const Density& density, int32_t* rows, int64_t* edges,
                int n_threads);

void evaluate(const Pass& pass, const MatrixView& x, const Density& density, Output output, void* out, int n_threads);

// Fills x (n, d) and labels (n,); the rows do not depend on the number of threads.
void sample(const Sampler& sampler, const Draws& draws, int64_t n, double* x, int64_t* labels, int n_threads);

// e^x for n numbers x <= 0 of `size` bytes each, as the pass computes it.
void exponentials(const Pass& pass, const void* x, int64_t n, int64_t size, void* out);

// Rates of the machine per second, all threads together, measured for about `seconds`: floating-point operations (a
// multiply-add is two) and exponentials, in registers or first-level cache; bytes read from `bytes` bytes of memory.
double multiply_add_rate(const Pass& pass, int n_threads, double seconds);
double exponential_rate(const Pass& pass, int n_threads, double seconds);
double read_rate(const Pass& pass, int64_t bytes, int n_threads, double seconds);

}  // namespace drumlin
