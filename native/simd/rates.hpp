// Loops that measure the machine, as limits of a pass: multiply-adds and exponentials in registers, reading memory.
#pragma once

#include "simd/vector.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// Twelve independent chains, enough to hide the latency of a multiply-add and few enough for sixteen registers.
template <class S> double multiply_adds(int64_t rounds, double* sink) {
    using V = typename S::vector;
    using T = typename S::real;
    constexpr int chains = 12, unrolled = 8;
    V sums[chains], factor = S::fill(static_cast<T>(0.999)), term = S::fill(static_cast<T>(1e-3));
    for (int i = 0; i < chains; ++i) sums[i] = S::fill(static_cast<T>(i));
    S::pin(factor);
    S::pin(term);
    for (int64_t round = 0; round < rounds; ++round) {
        DRUMLIN_UNROLL
        for (int repeat = 0; repeat < unrolled; ++repeat) {
            DRUMLIN_UNROLL
            for (int i = 0; i < chains; ++i) sums[i] = sums[i] * factor + term;
        }
        DRUMLIN_UNROLL
        for (int i = 0; i < chains; ++i) S::pin(sums[i]);
    }
    for (int i = 0; i < chains; ++i) sink[0] += static_cast<double>(sums[i][0]);
    return static_cast<double>(rounds) * unrolled * chains * S::width;
}

// to = e^from for numbers <= 0; `count` is a multiple of 64.
template <class S> void exponentials(const void* from, int64_t count, void* to) {
    const auto* x = static_cast<const typename S::real*>(from);
    auto* e = static_cast<typename S::real*>(to);
    for (int64_t i = 0; i < count; i += S::width) S::store(e + i, S::exp_nonpositive(S::load(x + i)));
}

// Reads `bytes` bytes, a multiple of 512, and adds them up so that no read is left out.
template <class S> void read_all(const void* memory, int64_t bytes, double* sink) {
    using V = typename S::vector;
    constexpr int chains = 8;
    const auto* from = static_cast<const typename S::real*>(memory);
    const int64_t count = bytes / static_cast<int64_t>(sizeof *from);
    V sums[chains] = {};
    for (int64_t i = 0; i < count; i += chains * S::width) {
        DRUMLIN_UNROLL
        for (int c = 0; c < chains; ++c) sums[c] += S::load(from + i + c * S::width);
    }
    for (int c = 0; c < chains; ++c) sink[0] += static_cast<double>(sums[c][0]);
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
