// The M phase beside common_origin.hpp: products of weights and rows, several components at a time.
#pragma once

#include "simd/common_origin.hpp"
#include "simd/weights.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// For each piece of J components and I features the J x I sums of w x, x relative to the origin; the squares of the d
// features follow them when the form is diagonal. The total, in float64, is moved from the origin to the means.
struct CommonOriginSums {
    static constexpr int components = Blocks::many ? 4 : 3;
    static constexpr int features = Blocks::many ? 5 : 3;

    // f(J, first component, I, first feature) in the order of the sums.
    template <class F> static DRUMLIN_INLINE void for_each_block(int64_t k, int64_t columns, F&& f) {
        for_each_piece<components>(k, [&](auto J, int64_t j) {
            for_each_piece<features>(columns, [&](auto I, int64_t i) { f(J, j, I, i); });
        });
    }
    static int64_t columns(int64_t d, Form form) { return form == Form::diagonal ? 2 * d : d; }

    template <class S> static int64_t masses(int64_t k) { return round_up<int64_t>(k, S::width); }

    template <class S> static int64_t length(int64_t k, int64_t d, Form form) {
        int64_t length = Sums<S>::header + masses<S>(k);
        for_each_block(k, columns(d, form), [&](auto J, int64_t, auto I, int64_t) {
            length += S::padded(decltype(J)::value * decltype(I)::value);
        });
        return length;
    }
};

// sums[j * I + i] += sum over rows of weight_j x_i.
template <class S, int J, int I>
DRUMLIN_INLINE void add_products(const typename S::real* weight, const typename S::real* x, int64_t stride,
                                 int64_t used, double* sums) {
    using V = typename S::vector;
    V products[J][I] = {};
    for (int64_t b = 0; b < used; b += S::width) {
        V w[J];
        DRUMLIN_UNROLL
        for (int j = 0; j < J; ++j) w[j] = S::load_pinned(weight + j * stride + b);
        DRUMLIN_UNROLL
        for (int i = 0; i < I; ++i) {
            const V v = S::load_pinned(x + i * stride + b);
            DRUMLIN_UNROLL
            for (int j = 0; j < J; ++j) products[j][i] += w[j] * v;
        }
    }
    S::template add_sums<J * I>(&products[0][0], sums);
}

// After log_joint_common_origin: w.x holds x - origin, and w.second follows it in memory.
template <class S>
void add_moments_common_origin(const Density& g, Form form, int64_t used, const Workspace<S>& w, double* sums) {
    double* mass = sums + Sums<S>::header;
    for (int64_t j = 0; j < g.k; ++j) {
        auto* joint = w.joint + j * w.stride;
        weight_rows<S>(joint, w.total, used, joint, mass + j);
    }
    if (form == Form::diagonal)
        for (int64_t i = 0; i < g.d; ++i)
            for (int64_t b = i * w.stride; b < i * w.stride + used; b += S::width) {
                const typename S::vector x = S::load(w.x + b);
                S::store(w.second + b, x * x);
            }
    double* products = mass + CommonOriginSums::masses<S>(g.k);
    CommonOriginSums::for_each_block(
        g.k, CommonOriginSums::columns(g.d, form), [&](auto J, int64_t j, auto I, int64_t i) {
            constexpr int components = decltype(J)::value, features = decltype(I)::value;
            add_products<S, components, features>(w.joint + j * w.stride, w.x + i * w.stride, w.stride, used, products);
            products += S::padded(components * features);
        });
}

template <class S>
void unpack_common_origin(const Density& g, const CommonOrigin<typename S::real>& common, const double* sums,
                          Moments& moments) {
    const double* products = sums + Sums<S>::header + CommonOriginSums::masses<S>(g.k);
    for (int64_t j = 0; j < g.k; ++j) moments.mass[j] = sums[Sums<S>::header + j];
    CommonOriginSums::for_each_block(
        g.k, CommonOriginSums::columns(g.d, moments.form), [&](auto J, int64_t j, auto I, int64_t i) {
            constexpr int components = decltype(J)::value, features = decltype(I)::value;
            for (int64_t t = 0; t < components * features; ++t) {
                const int64_t component = (j + t / features) * g.d, feature = i + t % features;
                double& sum =
                    feature < g.d ? moments.shift[component + feature] : moments.scatter[component + feature - g.d];
                sum = products[t];
            }
            products += S::padded(components * features);
        });
    for (int64_t j = 0; j < g.k; ++j)
        for (int64_t i = 0; i < g.d; ++i) {
            double& shift = moments.shift[j * g.d + i];
            const double about_origin = shift, offset = common.offset(g, j, i);
            shift -= moments.mass[j] * offset;
            if (moments.form == Form::diagonal) {
                double& square = moments.scatter[j * g.d + i];
                square -= offset * (about_origin + shift);
                square = square < 0 ? 0 : square;
            }
        }
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
