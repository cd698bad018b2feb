// What a row counts: its sample weight, a label that is known, its share in a component.
#pragma once

#include "layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// Independent lanes for sums and maxima of float64: the compiler makes vectors of them.
constexpr int lanes = 8;

// A power of two by which weights are divided, which is exact: the largest then lies between 1 and 2, so that float32
// holds weights of any size.
inline double unit_of(double largest) {
    uint64_t bits;
    __builtin_memcpy(&bits, &largest, sizeof bits);
    bits &= uint64_t{0x7ff} << 52;
    __builtin_memcpy(&largest, &bits, sizeof bits);
    return largest;
}

inline double weight_unit(const double* sample_weight, int64_t begin, int64_t end) {
    double most[lanes], largest = 0x1p-1000;
    for (double& lane : most) lane = largest;
    for (; begin + lanes <= end; begin += lanes)
        for (int t = 0; t < lanes; ++t)
            most[t] = sample_weight[begin + t] > most[t] ? sample_weight[begin + t] : most[t];
    for (; begin < end; ++begin) most[0] = sample_weight[begin] > most[0] ? sample_weight[begin] : most[0];
    for (const double lane : most) largest = lane > largest ? lane : largest;
    return unit_of(largest);
}

// The same of the rows `index`.
inline double weight_unit(const double* sample_weight, const int32_t* index, int64_t count) {
    double largest = 0x1p-1000;
    for (int64_t b = 0; b < count; ++b)
        largest = sample_weight[index[b]] > largest ? sample_weight[index[b]] : largest;
    return unit_of(largest);
}

// Returns their sum. Rows of weight 0 are absent: their values, which may be anything, give way to zeros.
template <class S>
double load_weights(const double* sample_weight, double unit, int64_t count, int64_t used, int64_t d,
                    const Workspace<S>& w) {
    const double scale = 1 / unit;
    int64_t absent = 0;
    for (int64_t b = 0; b < count; ++b) {
        w.sample_weight[b] = sample_weight[b] * scale;
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
template <class S> double unit_weights(int64_t count, int64_t used, const Workspace<S>& w) {
    for (int64_t b = 0; b < used; ++b) w.sample_weight[b] = b < count ? 1.0 : 0.0;
    return static_cast<double>(count);
}

// A known label excludes all other components of its row.
template <class S>
void apply_labels(const int64_t* labels, int64_t count, int64_t k, const Workspace<S>& w) {
    for (int64_t b = 0; b < count; ++b)
        if (labels[b] >= 0)
            for (int64_t j = 0; j < k; ++j)
                if (j != labels[b]) w.joint[j * w.stride + b] = -Format<typename S::real>::largest;
}

// weight = joint * factor, which is what a row counts for a component; may be written over joint. Their sum is added to
// `mass`; returns whether it is more than 0.
template <class S>
bool weigh(const typename S::real* joint, const typename S::real* factor, int64_t used, typename S::real* weight,
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
