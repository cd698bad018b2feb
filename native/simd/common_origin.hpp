// The E phase of shared or diagonal P whose means are close to each other: rows are centred at one common origin,
// whitened once when all components share P, and the distances to several components are summed at a time.
#pragma once

#include "simd/layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// A register block of the E phase: `components` x `span` vectors of rows.
struct CommonOriginBlocks {
    static constexpr int components = (DRUMLIN_REGISTERS - Blocks::span - 3) / Blocks::span;
};

// Cuts `count` into nearly equal pieces of at most Most: f(Constant<size>, first).
template <int Most, class F> DRUMLIN_INLINE void for_each_piece(int64_t count, F&& f) {
    const int64_t pieces = (count + Most - 1) / Most;
    for (int64_t p = 0; p < pieces; ++p) {
        const int64_t first = count * p / pieces;
        with_constant<Most>(count * (p + 1) / pieces - first, [&](auto size) { f(size, first); });
    }
}

// log_joint = constants - sum over i of (scale z_i - centre)^2 / 2, where z is x - origin or, when all components share
// a triangular P, P (x - origin) without a scale. The rounding of a distance grows with the ratio of |z| to
// |scale z - centre|, that of moments moved from the origin to the means with its square: hence the limits on |centre|,
// for distances and for moments. Stored in type T behind the Packed density.
template <class T> struct CommonOrigin {
    static constexpr bool wide = sizeof(T) == 8;
    static constexpr double limit_shared = wide ? 256 : 16, limit_shared_moments = wide ? 256 : 4;
    static constexpr double limit_diagonal = 16, limit_diagonal_moments = wide ? 16 : 2;

    bool shared;
    T *use, *origin, *scale, *centre, *panel;  // *use: 0 never, 1 for distances, 2 for moments too

    static int64_t length(const Density& g) {
        return allows_common_origin(g) ? 1 + g.d + 2 * g.k * g.d + (g.triangular ? g.d * g.d : 0) : 1;
    }
    CommonOrigin(const Density& g, T* memory) : shared(g.triangular) {
        use = memory;
        origin = use + 1;
        scale = origin + g.d;
        centre = scale + g.k * g.d;
        panel = centre + g.k * g.d;
    }
    bool distances() const { return *use > 0; }
    bool moments() const { return *use > 1; }

    // The place of a component in `scale` and `centre`: pieces of components, feature by feature.
    static int64_t place(int64_t first, int64_t size, int64_t j, int64_t i, int64_t d) {
        return first * d + i * size + j;
    }

    void pack(const Density& g) const {
        *use = 0;
        if (!allows_common_origin(g)) return;
        for (int64_t i = 0; i < g.d; ++i) {
            double sum = 0;
            for (int64_t j = 0; j < g.k; ++j) sum += g.means[j * g.d + i] / static_cast<double>(g.k);
            origin[i] = static_cast<T>(sum);
        }
        bool allows_distances = true, allows_moments = true;
        for_each_piece<CommonOriginBlocks::components>(g.k, [&](auto size, int64_t first) {
            constexpr int J = decltype(size)::value;
            for (int64_t j = 0; j < J; ++j)
                for (int64_t i = 0; i < g.d; ++i) {
                    const double value = whitened(g, first + j, i);
                    const double distance = value < 0 ? -value : value;
                    allows_distances &= distance <= (shared ? limit_shared : limit_diagonal);  // false for a NaN
                    allows_moments &= distance <= (shared ? limit_shared_moments : limit_diagonal_moments);
                    centre[place(first, J, j, i, g.d)] = static_cast<T>(value);
                    if (!shared) scale[place(first, J, j, i, g.d)] = static_cast<T>(diagonal(g, first + j, i));
                }
        });
        if (allows_distances) *use = allows_moments ? 2 : 1;
        if (!distances() || !shared) return;
        T* to = panel;
        for (int64_t i = 0; i < g.d; i += Blocks::rows) {
            const int64_t rows = smaller<int64_t>(Blocks::rows, g.d - i);
            for (int64_t l = 0; l < i + rows; ++l)
                for (int64_t r = 0; r < rows; ++r)
                    *to++ = l <= i + r ? static_cast<T>(g.whitening[(i + r) * g.d + l]) : T(0);
        }
    }

    double offset(const Density& g, int64_t j, int64_t i) const {
        return g.means[j * g.d + i] - static_cast<double>(origin[i]);
    }

  private:
    static double diagonal(const Density& g, int64_t j, int64_t i) { return g.whitening[(g.shared ? 0 : j) * g.d + i]; }
    double whitened(const Density& g, int64_t j, int64_t i) const {
        if (!g.triangular) return diagonal(g, j, i) * offset(g, j, i);
        double sum = 0;
        for (int64_t l = 0; l <= i; ++l) sum += g.whitening[i * g.d + l] * offset(g, j, l);
        return sum;
    }
};

// x becomes x - origin.
template <class S> void centre_rows(int64_t d, const typename S::real* origin, int64_t used, const Workspace<S>& w) {
    for (int64_t i = 0; i < d; ++i) {
        const typename S::vector o = S::fill(origin[i]);
        typename S::real* x = w.x + i * w.stride;
        for (int64_t b = 0; b < used; b += S::width) S::store(x + b, S::load(x + b) - o);
    }
}

// z = P x for R rows of P, in panels like those of Packed, and one group of rows.
template <class S, int R>
DRUMLIN_INLINE void whiten_panel(const typename S::real* panel, int64_t columns, const typename S::real* x,
                                 typename S::real* z, int64_t stride) {
    using V = typename S::vector;
    constexpr int U = Blocks::span;
    V y[R][U] = {};
    for (int64_t l = 0; l < columns; ++l) {
        V v[U];
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u) v[u] = S::load_pinned(x + l * stride + u * S::width);
        DRUMLIN_UNROLL
        for (int r = 0; r < R; ++r) {
            const V p = S::fill_pinned(panel[l * R + r]);
            DRUMLIN_UNROLL
            for (int u = 0; u < U; ++u) y[r][u] += p * v[u];
        }
    }
    DRUMLIN_UNROLL
    for (int r = 0; r < R; ++r) {
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u) S::store(z + r * stride + u * S::width, y[r][u]);
    }
}

template <class S> void whiten_tile(const typename S::real* panel, int64_t d, int64_t used, const Workspace<S>& w) {
    for (int64_t b = 0; b < used; b += group_rows<S>()) {
        const typename S::real* p = panel;
        for (int64_t i = 0; i < d; i += Blocks::rows)
            with_constant<Blocks::rows>(smaller<int64_t>(Blocks::rows, d - i), [&](auto rows) {
                constexpr int R = decltype(rows)::value;
                whiten_panel<S, R>(p, i + R, w.x + b, w.second + i * w.stride + b, w.stride);
                p += R * (i + R);
            });
    }
}

// log_joint of J components and all rows of a tile; scale and centre are stored feature by feature.
template <class S, int J, bool Scaled>
void distances(int64_t d, const typename S::real* z, const typename S::real* scale, const typename S::real* centre,
               const typename S::real* constants, int64_t used, int64_t stride, typename S::real* joint) {
    using V = typename S::vector;
    constexpr int U = Blocks::span;
    for (int64_t b = 0; b < used; b += group_rows<S>()) {
        V q[J][U] = {};
        for (int64_t i = 0; i < d; ++i) {
            V v[U];
            DRUMLIN_UNROLL
            for (int u = 0; u < U; ++u) v[u] = S::load_pinned(z + i * stride + b + u * S::width);
            DRUMLIN_UNROLL
            for (int j = 0; j < J; ++j) {
                const V c = S::fill(centre[i * J + j]);
                V s = {};
                if constexpr (Scaled) s = S::fill(scale[i * J + j]);
                DRUMLIN_UNROLL
                for (int u = 0; u < U; ++u) {
                    const V y = Scaled ? v[u] * s - c : v[u] - c;
                    q[j][u] += y * y;
                }
            }
        }
        DRUMLIN_UNROLL
        for (int j = 0; j < J; ++j) store_joint<S>(q[j], S::fill(constants[j]), joint + j * stride + b);
    }
}

// Leaves x - origin in w.x.
template <class S>
void log_joint_common_origin(const Density& g, const CommonOrigin<typename S::real>& common,
                             const typename S::real* constants, int64_t used, const Workspace<S>& w) {
    centre_rows<S>(g.d, common.origin, used, w);
    if (common.shared) whiten_tile<S>(common.panel, g.d, used, w);
    for_each_piece<CommonOriginBlocks::components>(g.k, [&](auto size, int64_t first) {
        constexpr int J = decltype(size)::value;
        const int64_t place = first * g.d;
        auto* joint = w.joint + first * w.stride;
        if (common.shared)
            distances<S, J, false>(g.d, w.second, nullptr, common.centre + place, constants + first, used, w.stride,
                                   joint);
        else
            distances<S, J, true>(g.d, w.x, common.scale + place, common.centre + place, constants + first, used,
                                  w.stride, joint);
    });
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
