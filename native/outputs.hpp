// What a tile has to say row by row: log_joint, responsibilities, log_density, labels.
#pragma once

#include "normalise.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

template <class S> void write_labels(int64_t k, int64_t count, const Workspace<S>& w, int64_t* out) {
    for (int64_t b = 0; b < count; ++b) {
        int64_t best = 0;
        for (int64_t j = 1; j < k; ++j)
            if (w.joint[j * w.stride + b] > w.joint[best * w.stride + b]) best = j;
        out[b] = best;
    }
}

// out[b, j] = joint[j, b]
template <class S> void write_joint(int64_t k, int64_t count, const Workspace<S>& w, typename S::real* out) {
    for (int64_t b = 0; b < count; ++b)
        for (int64_t j = 0; j < k; ++j) out[b * k + j] = w.joint[j * w.stride + b];
}

template <class S> void write_tile(int64_t k, int64_t count, const Workspace<S>& w, Output output, void* out) {
    using V = typename S::vector;
    auto* real = static_cast<typename S::real*>(out);
    V peak, total;
    switch (output) {
    case Output::labels: return write_labels<S>(k, count, w, static_cast<int64_t*>(out));
    case Output::log_joint: return write_joint<S>(k, count, w, real);
    case Output::log_density:
        for (int64_t b = 0; b < count; b += S::width) {
            exponentiate<S>(k, w.joint + b, w.stride, peak, total);
            S::store(w.total + b, peak + S::log(total));
        }
        __builtin_memcpy(real, w.total, static_cast<size_t>(count) * sizeof *real);
        return;
    case Output::responsibilities:
        for (int64_t b = 0; b < count; b += S::width) {
            exponentiate<S>(k, w.joint + b, w.stride, peak, total);
            for (int64_t j = 0; j < k; ++j) {
                auto* joint = w.joint + j * w.stride + b;
                S::store(joint, S::load(joint) / total);
            }
        }
        return write_joint<S>(k, count, w, real);
    }
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
