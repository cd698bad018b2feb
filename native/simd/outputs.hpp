// The outputs of a tile row by row: log_joint, responsibilities, log_density, labels.
#pragma once

#include "simd/normalise.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// Ties give the lowest label. S::real holds labels exactly up to 2^24.
template <class S> void write_labels(int64_t k, int64_t count, const Workspace<S>& w, int64_t* out) {
    using V = typename S::vector;
    using T = typename S::real;
    for (int64_t b = 0; b < count; b += S::width) {
        V most = S::load(w.joint + b), best = {};
        for (int64_t j = 1; j < k; ++j) {
            const V joint = S::load(w.joint + j * w.stride + b);
            best = joint > most ? S::fill(static_cast<T>(j)) : best;
            most = S::max(joint, most);
        }
        T lanes[S::width];
        S::store(lanes, best);
        const int64_t rows = smaller<int64_t>(S::width, count - b);
        for (int64_t t = 0; t < rows; ++t) out[b + t] = static_cast<int64_t>(lanes[t]);
    }
}

// out[b, j] = joint[j, b], transposed in squares of the width of a vector; the last square of components overlaps the
// one before. Returns the number of rows written.
template <class T, int Bytes> int64_t write_squares(int64_t k, int64_t count, const T* joint, int64_t stride, T* out) {
    using S = Simd<T, Bytes>;
    if constexpr (S::width == 1) {
        return 0;
    } else {
        if (k < S::width) return write_squares<T, Bytes / 2>(k, count, joint, stride, out);
        int64_t b = 0;
        for (; b + S::width <= count; b += S::width)
            for (int64_t j = 0; j < k; j += S::width) {
                const int64_t first = smaller(j, k - S::width);
                typename S::vector v[S::width];
                DRUMLIN_UNROLL
                for (int t = 0; t < S::width; ++t) v[t] = S::load(joint + (first + t) * stride + b);
                S::transpose(v);
                DRUMLIN_UNROLL
                for (int t = 0; t < S::width; ++t) S::store(out + (b + t) * k + first, v[t]);
            }
        return b;
    }
}

template <class S> void write_joint(int64_t k, int64_t count, const Workspace<S>& w, typename S::real* out) {
    int64_t b = write_squares<typename S::real, S::bytes>(k, count, w.joint, w.stride, out);
    for (; b < count; ++b)
        for (int64_t j = 0; j < k; ++j) out[b * k + j] = w.joint[j * w.stride + b];
}

template <class S> void write_log_density(int64_t k, int64_t count, const Workspace<S>& w, typename S::real* out) {
    typename S::vector peak[1], total[1];
    for (int64_t b = 0; b < count; b += S::width) {
        exponentiate<S, false>(k, w.joint + b, w.stride, Format<typename S::real>::smallest_exponent, peak, total);
        S::store(w.total + b, peak[0] + S::log(total[0]));
    }
    __builtin_memcpy(out, w.total, static_cast<size_t>(count) * sizeof *out);
}

template <class S> void write_responsibilities(int64_t k, int64_t count, const Workspace<S>& w, typename S::real* out) {
    typename S::vector peak[1], total[1];
    for (int64_t b = 0; b < count; b += S::width) {
        exponentiate<S, false>(k, w.joint + b, w.stride, Format<typename S::real>::smallest_exponent, peak, total);
        const auto factor = static_cast<typename S::real>(1) / total[0];
        for (int64_t j = 0; j < k; ++j) {
            auto* joint = w.joint + j * w.stride + b;
            S::store(joint, S::load(joint) * factor);
        }
    }
    write_joint(k, count, w, out);
}

template <class S> void write_tile(int64_t k, int64_t count, const Workspace<S>& w, Output output, void* out) {
    auto* real = static_cast<typename S::real*>(out);
    switch (output) {
    case Output::labels: return write_labels(k, count, w, static_cast<int64_t*>(out));
    case Output::log_joint: return write_joint(k, count, w, real);
    case Output::log_density: return write_log_density(k, count, w, real);
    case Output::responsibilities: return write_responsibilities(k, count, w, real);
    }
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
