// Sample weights, known labels, and the weight of a row in a component.
#pragma once

#include "simd/layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// Independent sums and maxima of float64, from which the compiler makes vectors.
constexpr int lanes = 8;

// The largest power of two at or below `largest`. Weights are divided by it, which is exact and brings them to at most
// 2, so that float32 holds weights of any size.
inline double power_of_two_at(double largest) {
    uint64_t bits;
    __builtin_memcpy(&bits, &largest, sizeof bits);
    bits &= uint64_t{0x7ff} << 52;
    __builtin_memcpy(&largest, &bits, sizeof bits);
    return largest;
}

inline double weight_scale(const double* sample_weight, int64_t begin, int64_t end) {
    double most[lanes], largest = 0x1p-1000;
    for (double& lane : most) lane = largest;
    for (; begin + lanes <= end; begin += lanes)
        for (int t = 0; t < lanes; ++t)
            most[t] = sample_weight[begin + t] > most[t] ? sample_weight[begin + t] : most[t];
    for (; begin < end; ++begin) most[0] = sample_weight[begin] > most[0] ? sample_weight[begin] : most[0];
    for (const double lane : most) largest = lane > largest ? lane : largest;
    return power_of_two_at(largest);
}

// The same for the rows `index`.
inline double weight_scale(const double* sample_weight, const int32_t* index, int64_t count) {
    double largest = 0x1p-1000;
    for (int64_t b = 0; b < count; ++b) largest = sample_weight[index[b]] > largest ? sample_weight[index[b]] : largest;
    return power_of_two_at(largest);
}

// Returns the sum of the weights. Rows of weight 0 are absent: zeros replace their values, which may be NaN.
template <class S>
double load_weights(const double* sample_weight, double scale, int64_t count, int64_t used, int64_t d,
                    const Workspace<S>& w) {
    const double inverse = 1 / scale;
    int64_t absent = 0;
    for (int64_t b = 0; b < count; ++b) {
        w.sample_weight[b] = sample_weight[b] * inverse;
        absent += sample_weight[b] == 0.0;
    }
    for (int64_t b = count; b < used; ++b) w.sample_weight[b] = 0;
    for (int64_t b = 0; absent > 0 && b < count; ++b)
        if (sample_weight[b] == 0.0)
            for (int64_t i = 0; i < d; ++i) w.x[i * w.stride + b] = 0;
    double sums[lanes] = {}, total = 0;
    int64_t b = 0;
    for (; b + lanes <= count; b += lanes)
        for (int t = 0; t < lanes; ++t) sums[t] += w.sample_weight[b + t];
    for (; b < count; ++b) total += w.sample_weight[b];
    for (const double lane : sums) total += lane;
    return total;
}

// The same when no weights are given.
template <class S> double load_unit_weights(int64_t count, int64_t used, const Workspace<S>& w) {
    for (int64_t b = 0; b < used; ++b) w.sample_weight[b] = b < count ? 1.0 : 0.0;
    return static_cast<double>(count);
}

// A known label excludes all other components of its row.
template <class S> void apply_labels(const int64_t* labels, int64_t count, int64_t k, const Workspace<S>& w) {
    for (int64_t b = 0; b < count; ++b)
        if (labels[b] >= 0)
            for (int64_t j = 0; j < k; ++j)
                if (j != labels[b]) w.joint[j * w.stride + b] = -Format<typename S::real>::largest;
}

// weight = joint * factor, the weight of each row in a component; may be joint itself. Adds their sum to `mass`;
// returns whether it is positive.
template <class S>
bool weight_rows(const typename S::real* joint, const typename S::real* factor, int64_t used, typename S::real* weight,
                 double* mass) {
    typename S::vector sum = {};
    for (int64_t b = 0; b < used; b += S::width) {
        const typename S::vector product = S::load(joint + b) * S::load(factor + b);
        S::store(weight + b, product);
        sum += product;
    }
    double total[S::width] = {};
    S::template add_sums<1>(&sum, total);
    *mass += total[0];
    return total[0] > 0;
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
