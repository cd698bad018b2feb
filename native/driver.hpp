// The passes with threads: no Python here.
#pragma once

#include "pass.hpp"

#include <vector>

namespace drumlin {

// Those compiled in and supported by this machine, slowest first.
std::vector<const InstructionSet*> instruction_sets();

void expect(const Pass& pass, const Samples& samples, const Density& density, Moments& moments, int n_threads);
void expect_ordered(const Pass& pass, const Samples& samples, const Order& order, const Density& density,
                    Moments& moments, int n_threads);

// Fills rows (n,) and edges (k + 1,) of an order in which rows keep theirs within a component. k below 2^16.
void order_rows(const Pass& pass, const Rows& x, const Density& density, int32_t* rows, int64_t* edges, int n_threads);

void rows(const Pass& pass, const Rows& x, const Density& density, Output output, void* out, int n_threads);

// Fills x (n, d) and labels (n,); the rows do not depend on the number of threads.
void sample(const Sampler& sampler, const Draws& draws, int64_t n, double* x, int64_t* labels, int n_threads);

// e^x for n numbers x <= 0 of the pass's float type: what the pass computes.
void exponentials(const Pass& pass, const void* x, int64_t n, int64_t size, void* out);

// What the machine can do per second, all threads together, measured for about `seconds`: floating-point operations (a
// multiply-add is two) and exponentials in registers or first-level cache; bytes read from `bytes` bytes of memory.
double multiply_add_rate(const Pass& pass, int n_threads, double seconds);
double exponential_rate(const Pass& pass, int n_threads, double seconds);
double read_rate(const Pass& pass, int64_t bytes, int n_threads, double seconds);

}  // namespace drumlin
