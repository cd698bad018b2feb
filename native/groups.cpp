// What merging a group with many others would come to, several of them at once. Compiled once per instruction set.
#include "groups.hpp"

#include "simd.hpp"

namespace drumlin {
namespace DRUMLIN_SET {
namespace {

using S = Simd<double, DRUMLIN_VECTOR_BYTES>;
using V = S::vector;
static_assert(S::width <= Merger::padding, "slots are read a vector at a time");

constexpr double negligible = 0x1p-54;  // beside 1

DRUMLIN_INLINE int64_t place(int64_t i, int64_t l) { return i * (i + 1) / 2 + l; }

int64_t workspace_length(int64_t d) { return S::width * (d + place(d, 0)); }

// The determinant by A = L D L^T, in place; 0 where a pivot is not positive.
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

// |W| <= (tr W / d)^d: whether that is more than rounding beside `base`, and the rows more than d, in any lane.
template <class Count> DRUMLIN_INLINE bool counts(Count d, V trace, V base, V rows) {
    const V mean = trace / static_cast<double>(d);
    V bound = mean;
    for (int64_t i = 1; i < d; ++i) bound *= mean;
    double bounds[S::width], least[S::width], number[S::width];
    S::store(bounds, bound);
    S::store(least, base * negligible);
    S::store(number, rows);
    bool any = false;
    for (int t = 0; t < S::width; ++t) any |= bounds[t] > least[t] && number[t] > static_cast<double>(d);
    return any;
}

template <class Count>
DRUMLIN_INLINE void merge_with(Count d, const Groups& g, int64_t one, int64_t first, int64_t last, V* apart, V* matrix,
                               double* out) {
    const int64_t stride = g.stride;
    for (int64_t s = first; s < last; s += S::width) {
        const V mass = S::load(g.mass + s), total = mass + g.mass[one], share = mass * g.mass[one] / total;
        V squared = {};
        for (int64_t i = 0; i < d; ++i) {
            apart[i] = S::load(g.mean + i * stride + s) - g.mean[i * stride + one];
            squared += apart[i] * apart[i];
        }
        const V inverse = 1.0 / total;
        const V trace = (S::load(g.trace + s) + g.trace[one] + share * squared) * inverse;
        V value = trace + g.offset * inverse;
        if (counts(d, trace, value, S::load(g.rows + s) + g.rows[one])) {
            const double* scatter = g.scatter;
            int64_t e = 0;
            DRUMLIN_UNROLL
            for (int64_t i = 0; i < d; ++i) {
                const V scaled = share * apart[i];
                DRUMLIN_UNROLL
                for (int64_t l = 0; l <= i; ++l, ++e, scatter += stride)
                    matrix[e] = (S::load(scatter + s) + scatter[one] + scaled * apart[l]) * inverse;
            }
            value += determinant(d, matrix);
        }
        S::store(out + s, total * S::log(value));
    }
}

template <int64_t D> struct Fixed {
    constexpr operator int64_t() const { return D; }
};

// For few columns: nothing leaves the registers.
template <int64_t D> void merge_few(const Groups& g, int64_t one, int64_t first, int64_t last, double* out) {
    V apart[D], matrix[D * (D + 1) / 2];
    merge_with(Fixed<D>{}, g, one, first, last, apart, matrix, out);
}

void merged(const Groups& g, int64_t one, int64_t first, int64_t last, double* workspace, double* out) {
    switch (g.d) {
    case 1: return merge_few<1>(g, one, first, last, out);
    case 2: return merge_few<2>(g, one, first, last, out);
    case 3: return merge_few<3>(g, one, first, last, out);
    case 4: return merge_few<4>(g, one, first, last, out);
    }
    V* apart = reinterpret_cast<V*>(workspace);
    merge_with(g.d, g, one, first, last, apart, apart + g.d, out);
}

}  // namespace

constexpr Merger merger = {workspace_length, merged};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
