// A lower bound of every squared distance for one multiply-add per feature. Let b be a component near the rows, and u
// the unit vector along P_j (m_b - m_j). Then |P_j (x - m_j)| >= u . P_j (x - m_j) = a . (x - m_b) + |P_j (m_b - m_j)|
// with a = P_j^T u: for rows near m_b hardly anything of the distance is lost.
#pragma once

#include "layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// A component may be left out of a row when its responsibility r is so small that neither r nor r q / d can change the
// last bit of the component's mass and scatter, though all rows were like this one: r (1 + q / d) < 2^-53 weight_j.
// From log(1 + z) <= z / 32 + log 32 - 1 and r <= exp(log_joint_j - best) follows what suffices,
//   q + best / slope > limit_j,   slope = 1/2 - 1/(32 d),
//   limit_j = (log_joint_j at the mean - log weight_j + 53 log 2 + log 32 - 1) / slope.
struct Margin {
    static constexpr double value = 53 * 0.69314718055994531 + 2.4657359027997265;
    static double slope(int64_t d) { return 0.5 - 1 / (32 * static_cast<double>(d)); }
};

// What all threads read: means and P with the components side by side, and the limits.
template <class T> struct Directions {
    int64_t lanes;  // k in whole blocks; the components beyond k have a limit that no row meets
    double *means, *whitening;
    T* limits;

    static int64_t lanes_of(const Density& g) { return round_up<int64_t>(g.k, 8); }
    static int64_t entries(const Density& g) { return g.triangular ? g.d * (g.d + 1) / 2 : g.d; }
    static int64_t bytes(const Density& g) {
        const int64_t doubles = (g.d + entries(g)) * static_cast<int64_t>(sizeof(double));
        return lanes_of(g) * (doubles + static_cast<int64_t>(sizeof(T)));
    }
    Directions(const Density& g, void* memory) : lanes(lanes_of(g)), means(static_cast<double*>(memory)) {
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

// The bounds of all components for rows near one of them: rows a_j in panels of Blocks::rows components, and distances.
template <class S> struct Panel {
    using T = typename S::real;
    double *difference, *white, *norm;
    T *rows, *distance;

    static int64_t bytes(const Density& g) {
        const int64_t lanes = Directions<T>::lanes_of(g);
        return lanes * ((2 * g.d + 1) * static_cast<int64_t>(sizeof(double)) +
                        (g.d + 1) * static_cast<int64_t>(sizeof(T)));
    }
    Panel(const Density& g, void* memory) : difference(static_cast<double*>(memory)) {
        const int64_t lanes = Directions<T>::lanes_of(g);
        white = difference + g.d * lanes;
        norm = white + g.d * lanes;
        rows = reinterpret_cast<T*>(norm + lanes);
        distance = rows + g.d * lanes;
    }

    static void add_products(double* __restrict to, const double* __restrict a, const double* __restrict b,
                             int64_t lanes) {
        for (int64_t j = 0; j < lanes; ++j) to[j] += a[j] * b[j];
    }

    // For rows near component `near`. Three products of k d^2 / 2 numbers, each loop along the components.
    void aim(const Density& g, const Directions<T>& from, int64_t near) const {
        const int64_t lanes = from.lanes, d = g.d;
        for (int64_t i = 0; i < d; ++i)
            for (int64_t j = 0; j < lanes; ++j)
                difference[i * lanes + j] = g.means[near * d + i] - from.means[i * lanes + j];
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
        double* back = difference;  // P^T P (m_b - m_j), its work done
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
// contiguous; alive[r] is the number of rows that component r may not be left out of.
template <class S>
DRUMLIN_INLINE void bound_group(const typename S::real* panel, const typename S::real* distance,
                                const typename S::real* limits, int64_t d, const typename S::real* x,
                                const typename S::real* best, typename S::real* bound, double* alive) {
    using V = typename S::vector;
    constexpr int R = Blocks::rows, U = Blocks::span;
    V p[R][U];
    DRUMLIN_UNROLL
    for (int r = 0; r < R; ++r)
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u) p[r][u] = S::fill(distance[r]);
    for (int64_t i = 0; i < d; ++i) {
        V v[U];
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u) { v[u] = S::load(x + (i * U + u) * S::width); S::pin(v[u]); }
        DRUMLIN_UNROLL
        for (int r = 0; r < R; ++r) {
            V a = S::fill(panel[i * R + r]);
            S::pin(a);
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
    for (int r = 0; r < R; ++r) alive[r] = padded[r];
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
