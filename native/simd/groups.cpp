// The criterion of a group merged with each of many others, a vector of them at a time. Compiled once per instruction
// set.
#include "simd/table.hpp"
#include "simd/vector.hpp"

namespace drumlin {
namespace DRUMLIN_SET {
namespace {

using S = Simd<double, DRUMLIN_VECTOR_BYTES>;
using V = S::vector;
static_assert(S::width <= Merger::padding, "slots are read a vector at a time");

constexpr double negligible = 0x1p-54;  // of 1

DRUMLIN_INLINE int64_t place(int64_t i, int64_t l) { return i * (i + 1) / 2 + l; }

int64_t workspace_length(int64_t d) { return S::width * (d + place(d, 0)); }

// The determinant by A = L D L^T, which replaces A; 0 where a pivot is not positive.
template <class Count> DRUMLIN_INLINE V determinant(Count d, V* a) {
    const V zero = {}, one = S::fill(1.0);
    V product = one;
    DRUMLIN_UNROLL
    for (int64_t j = 0; j < d; ++j) {
        const V pivot = a[place(j, j)], inverse = pivot > zero ? one / pivot : zero;
        product *= S::max(pivot, zero);
        DRUMLIN_UNROLL
        for (int64_t i = j + 1; i < d; ++i) {
            const V factor = a[place(i, j)] * inverse;
            DRUMLIN_UNROLL
            for (int64_t l = j + 1; l <= i; ++l) a[place(i, l)] -= factor * a[place(l, j)];
        }
    }
    return product;
}

// Whether, in any lane, there are more than d rows and |W| may exceed the rounding of `base`: |W| <= (tr W / d)^d.
template <class Count> DRUMLIN_INLINE bool determinant_matters(Count d, V trace, V base, V rows) {
    const V mean = trace / static_cast<double>(d);
    V bound = mean;
    for (int64_t i = 1; i < d; ++i) bound *= mean;
    double bounds[S::width], smallest[S::width], number[S::width];
    S::store(bounds, bound);
    S::store(smallest, base * negligible);
    S::store(number, rows);
    bool any = false;
    for (int t = 0; t < S::width; ++t) any |= bounds[t] > smallest[t] && number[t] > static_cast<double>(d);
    return any;
}

template <class Count>
DRUMLIN_INLINE void merge_with(Count d, const Groups& g, int64_t one, int64_t first, int64_t last, V* difference,
                               V* matrix, double* out) {
    const int64_t stride = g.stride;
    for (int64_t s = first; s < last; s += S::width) {
        const V mass = S::load(g.mass + s), total = mass + g.mass[one], share = mass * g.mass[one] / total;
        V squared = {};
        for (int64_t i = 0; i < d; ++i) {
            difference[i] = S::load(g.mean + i * stride + s) - g.mean[i * stride + one];
            squared += difference[i] * difference[i];
        }
        const V inverse = 1.0 / total;
        const V trace = (S::load(g.trace + s) + g.trace[one] + share * squared) * inverse;
        V value = trace + g.offset * inverse;
        if (determinant_matters(d, trace, value, S::load(g.rows + s) + g.rows[one])) {
            const double* scatter = g.scatter;
            int64_t e = 0;
            DRUMLIN_UNROLL
            for (int64_t i = 0; i < d; ++i) {
                const V scaled = share * difference[i];
                DRUMLIN_UNROLL
                for (int64_t l = 0; l <= i; ++l, ++e, scatter += stride)
                    matrix[e] = (S::load(scatter + s) + scatter[one] + scaled * difference[l]) * inverse;
            }
            value += determinant(d, matrix);
        }
        S::store(out + s, total * S::log(value));
    }
}

template <int64_t D> struct FixedSize {
    constexpr operator int64_t() const { return D; }
};

// For few columns, all in registers.
template <int64_t D> void merge_small(const Groups& g, int64_t one, int64_t first, int64_t last, double* out) {
    V difference[D], matrix[D * (D + 1) / 2];
    merge_with(FixedSize<D>{}, g, one, first, last, difference, matrix, out);
}

void merged(const Groups& g, int64_t one, int64_t first, int64_t last, double* workspace, double* out) {
    switch (g.d) {
    case 1: return merge_small<1>(g, one, first, last, out);
    case 2: return merge_small<2>(g, one, first, last, out);
    case 3: return merge_small<3>(g, one, first, last, out);
    case 4: return merge_small<4>(g, one, first, last, out);
    }
    V* difference = reinterpret_cast<V*>(workspace);
    merge_with(g.d, g, one, first, last, difference, difference + g.d, out);
}

}  // namespace

constexpr Merger merger = {workspace_length, merged};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
