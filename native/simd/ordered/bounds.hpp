// A lower bound of each squared distance by one multiply-add per feature. Let b be the component nearest to the rows,
// and u the unit vector along P_j (m_b - m_j). Then
//   |P_j (x - m_j)| >= u . P_j (x - m_j) = a . (x - m_b) + |P_j (m_b - m_j)|,   a = P_j^T u.
// The bound is tight for rows close to m_b.
#pragma once

#include "simd/layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// The pair of a row and a component is skipped when the responsibility r is so small that neither r nor r q / d can
// change the last bit of the component's mass and scatter, even if all rows were like this one: r (1 + q / d) < 2^-53
// weight_j. From log(1 + z) <= z / 32 + log 32 - 1 and r <= exp(log_joint_j - best) follows a sufficient condition,
//   q + best / slope > limit_j,   slope = 1/2 - 1/(32 d),
//   limit_j = (log_joint_j at the mean - log weight_j + 53 log 2 + log 32 - 1) / slope.
struct Margin {
    static constexpr double value = 53 * 0.69314718055994531 + 2.4657359027997265;
    static double slope(int64_t d) { return 0.5 - 1 / (32 * static_cast<double>(d)); }
};

// The parameters that all threads read: means and P with the components contiguous, and the limits.
template <class T> struct BoundParameters {
    int64_t lanes;  // k rounded up to whole blocks; the components beyond k have a limit that skips every row
    double *means, *whitening;
    T* limits;

    static int64_t lanes_of(const Density& g) { return round_up<int64_t>(g.k, 8); }
    static int64_t entries(const Density& g) { return g.triangular ? g.d * (g.d + 1) / 2 : g.d; }
    static int64_t bytes(const Density& g) {
        const int64_t doubles = (g.d + entries(g)) * static_cast<int64_t>(sizeof(double));
        return lanes_of(g) * (doubles + static_cast<int64_t>(sizeof(T)));
    }
    BoundParameters(const Density& g, void* memory) : lanes(lanes_of(g)), means(static_cast<double*>(memory)) {
        whitening = means + g.d * lanes;
        limits = reinterpret_cast<T*>(whitening + entries(g) * lanes);
    }

    void pack(const Density& g) const {
        const double half_log_2pi = 0.91893853320467274, slope = Margin::slope(g.d);
        for (int64_t i = 0; i < (g.d + entries(g)) * lanes; ++i) means[i] = 0;
        for (int64_t j = 0; j < lanes; ++j) limits[j] = -Format<T>::largest;
        for (int64_t j = 0; j < g.k; ++j) {
            const int64_t row = g.triangular ? g.d : 1;
            const double* from = g.whitening + (g.shared ? 0 : j) * g.d * row;
            double at_mean = -static_cast<double>(g.d) * half_log_2pi, *to = whitening + j;
            for (int64_t i = 0; i < g.d; ++i) {
                means[i * lanes + j] = g.means[j * g.d + i];
                for (int64_t l = g.triangular ? 0 : i; l <= i; ++l, to += lanes)
                    *to = g.triangular ? from[i * g.d + l] : from[i];
                at_mean += __builtin_log(to[-lanes]);
            }
            limits[j] = static_cast<T>((at_mean + Margin::value) / slope);
        }
    }
};

// The bounds of all components for rows nearest to one of them: vectors a_j in panels of Blocks::rows components, and
// distances.
template <class S> struct BoundPanel {
    using T = typename S::real;
    double *difference, *white, *norm;
    T *rows, *distance;

    static int64_t bytes(const Density& g) {
        const int64_t lanes = BoundParameters<T>::lanes_of(g);
        return lanes *
               ((2 * g.d + 1) * static_cast<int64_t>(sizeof(double)) + (g.d + 1) * static_cast<int64_t>(sizeof(T)));
    }
    BoundPanel(const Density& g, void* memory) : difference(static_cast<double*>(memory)) {
        const int64_t lanes = BoundParameters<T>::lanes_of(g);
        white = difference + g.d * lanes;
        norm = white + g.d * lanes;
        rows = reinterpret_cast<T*>(norm + lanes);
        distance = rows + g.d * lanes;
    }

    static void add_products(double* __restrict to, const double* __restrict a, const double* __restrict b,
                             int64_t lanes) {
        for (int64_t j = 0; j < lanes; ++j) to[j] += a[j] * b[j];
    }

    // Computes the panel for rows nearest to one component: three products of k d^2 / 2 numbers, in loops over
    // components.
    void prepare(const Density& g, const BoundParameters<T>& from, int64_t nearest) const {
        const int64_t lanes = from.lanes, d = g.d;
        for (int64_t i = 0; i < d; ++i)
            for (int64_t j = 0; j < lanes; ++j)
                difference[i * lanes + j] = g.means[nearest * d + i] - from.means[i * lanes + j];
        for (int64_t i = 0; i < d * lanes; ++i) white[i] = 0;
        for (int64_t j = 0; j < lanes; ++j) norm[j] = 0;
        const double* p = from.whitening;
        for (int64_t i = 0; i < d; ++i) {
            for (int64_t l = g.triangular ? 0 : i; l <= i; ++l, p += lanes)
                add_products(white + i * lanes, p, difference + l * lanes, lanes);
            add_products(norm, white + i * lanes, white + i * lanes, lanes);
        }
        for (int64_t j = 0; j < lanes; ++j) {
            const double length = __builtin_sqrt(norm[j]);
            distance[j] = static_cast<T>(length);
            norm[j] = length > 0 ? 1 / length : 0;
        }
        double* back = difference;  // P^T P (m_b - m_j), in the memory of the difference
        for (int64_t i = 0; i < d * lanes; ++i) back[i] = 0;
        p = from.whitening;
        for (int64_t i = 0; i < d; ++i)
            for (int64_t l = g.triangular ? 0 : i; l <= i; ++l, p += lanes)
                add_products(back + l * lanes, p, white + i * lanes, lanes);
        constexpr int64_t R = Blocks::rows;
        for (int64_t first = 0; first < lanes; first += R)
            for (int64_t i = 0; i < d; ++i)
                for (int64_t j = first; j < first + R; ++j)
                    rows[first * d + i * R + j - first] = static_cast<T>(back[i * lanes + j] * norm[j]);
    }
};

// bound[r][b] = (a_r . x_b + distance_r)^2 + best_b for Blocks::rows components and a group of rows, x (d, group)
// contiguous; active[r] is the number of rows that component r is not skipped in.
template <class S>
DRUMLIN_INLINE void bound_group(const typename S::real* panel, const typename S::real* distance,
                                const typename S::real* limits, int64_t d, const typename S::real* x,
                                const typename S::real* best, typename S::real* bound, double* active) {
    using V = typename S::vector;
    constexpr int R = Blocks::rows, U = Blocks::span;
    V p[R][U];
    DRUMLIN_UNROLL
    for (int r = 0; r < R; ++r) {
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u) p[r][u] = S::fill(distance[r]);
    }
    for (int64_t i = 0; i < d; ++i) {
        V v[U];
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u) v[u] = S::load_pinned(x + (i * U + u) * S::width);
        DRUMLIN_UNROLL
        for (int r = 0; r < R; ++r) {
            const V a = S::fill_pinned(panel[i * R + r]);
            DRUMLIN_UNROLL
            for (int u = 0; u < U; ++u) p[r][u] += a * v[u];
        }
    }
    const V one = S::fill(1);
    V counts[R] = {};
    DRUMLIN_UNROLL
    for (int r = 0; r < R; ++r) {
        const V limit = S::fill(limits[r]);
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u) {
            const V q = p[r][u] * p[r][u] + S::load(best + u * S::width);
            S::store(bound + (r * U + u) * S::width, q);
            counts[r] += q > limit ? V{} : one;
        }
    }
    double padded[S::padded(R)] = {};
    S::template add_sums<R>(counts, padded);
    for (int r = 0; r < R; ++r) active[r] = padded[r];
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
