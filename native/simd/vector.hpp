// Vectors of a float type whose width in bytes is a template parameter, on the vector extension of GCC and Clang.
// pass.cpp, sample.cpp and groups.cpp include it, once per instruction set. DRUMLIN_SET names the namespace, so that
// the linker cannot use code of one set in another. For the same reason simd/ uses no template of std::.
#pragma once

#include "simd/format.hpp"

#include <cstddef>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#if defined(__clang__)
#define DRUMLIN_UNROLL _Pragma("unroll")
#else
#define DRUMLIN_UNROLL _Pragma("GCC unroll 16")
#endif
#define DRUMLIN_INLINE inline __attribute__((always_inline))

namespace drumlin {
namespace DRUMLIN_SET {

DRUMLIN_INLINE double square_root(double x) { return __builtin_sqrt(x); }
DRUMLIN_INLINE float square_root(float x) { return __builtin_sqrtf(x); }

template <class A> DRUMLIN_INLINE A smaller(A a, A b) { return a < b ? a : b; }

template <int... I> struct Indices {};
template <int N, int... I> struct MakeIndices : MakeIndices<N - 1, N - 1, I...> {};
template <int... I> struct MakeIndices<0, I...> {
    using type = Indices<I...>;
};

template <class T, int Bytes> struct Simd {
    using real = T;
    using unsigned_integer = typename Format<T>::unsigned_integer;
    typedef T vector __attribute__((vector_size(Bytes)));
    typedef unsigned_integer integers __attribute__((vector_size(Bytes)));
    static constexpr int bytes = Bytes, width = Bytes / static_cast<int>(sizeof(T));

    static DRUMLIN_INLINE vector load(const T* from) {
        vector v;
        __builtin_memcpy(&v, from, sizeof v);
        return v;
    }
    static DRUMLIN_INLINE void store(T* to, vector v) { __builtin_memcpy(to, &v, sizeof v); }
    static DRUMLIN_INLINE vector fill(T value) { return value - vector{}; }
    static DRUMLIN_INLINE vector max(vector a, vector b) { return a > b ? a : b; }
    // a where a < b, else b: a NaN in `a` gives b.
    static DRUMLIN_INLINE vector min(vector a, vector b) { return a < b ? a : b; }

    static DRUMLIN_INLINE vector sqrt(vector v) {
        T lanes[width];
        store(lanes, v);
        DRUMLIN_UNROLL
        for (int t = 0; t < width; ++t) lanes[t] = square_root(lanes[t]);
        return load(lanes);
    }

    // Keeps an operand in a register. GCC would otherwise repeat the load in every multiply-add that uses it.
    static DRUMLIN_INLINE void pin(vector& v) {
#if defined(__x86_64__) || defined(__i386__)
        asm("" : "+v"(v));
#elif defined(__aarch64__)
        asm("" : "+w"(v));
#else
        (void)v;
#endif
    }

    static DRUMLIN_INLINE vector load_pinned(const T* from) {
        vector v = load(from);
        pin(v);
        return v;
    }
    static DRUMLIN_INLINE vector fill_pinned(T value) {
        vector v = fill(value);
        pin(v);
        return v;
    }

    // Lane t of the result is number I[t] of the lanes of a followed by those of b.
    template <int... I> static DRUMLIN_INLINE vector shuffle(vector a, vector b, Indices<I...>) {
#if defined(__clang__)
        return __builtin_shufflevector(a, b, I...);
#else
        const integers lanes = {static_cast<unsigned_integer>(I)...};
        return __builtin_shuffle(a, b, lanes);
#endif
    }

    // Lane t of the result is a[t ^ FromA] where bit `Step` of t is clear, b[t ^ FromB] where it is set.
    template <int Step, int FromA, int FromB, int... I>
    static DRUMLIN_INLINE vector select(vector a, vector b, Indices<I...>) {
        return shuffle(a, b, Indices<((I & Step) ? (I ^ FromB) + width : I ^ FromA)...>{});
    }

    // Horizontal sums of N vectors at once: lane t (t < N) of the result is the sum over the lanes of v[t].
    // v has room for the power of two at or above N, at most `width`; N is that power here.
    template <int N, int Step> static DRUMLIN_INLINE vector fold(vector* v) {
        if constexpr (Step == width) {
            return v[0];
        } else {
            using Lanes = typename MakeIndices<width>::type;
            if constexpr (N > 1) {
                DRUMLIN_UNROLL
                for (int i = 0; i < N / 2; ++i)
                    v[i] = select<Step, 0, 0>(v[2 * i], v[2 * i + 1], Lanes{}) +
                           select<Step, Step, Step>(v[2 * i], v[2 * i + 1], Lanes{});
                return fold<N / 2, 2 * Step>(v);
            } else {
                v[0] += select<Step, Step, Step>(v[0], v[0], Lanes{});
                return fold<1, 2 * Step>(v);
            }
        }
    }

    // v[i][t] becomes v[t][i]: swaps bit after bit of the two indices.
    template <int Step = 1> static DRUMLIN_INLINE void transpose(vector* v) {
        if constexpr (Step < width) {
            using Lanes = typename MakeIndices<width>::type;
            DRUMLIN_UNROLL
            for (int i = 0; i < width; ++i) {
                if (i & Step) continue;
                const vector a = v[i], b = v[i + Step];
                v[i] = select<Step, 0, Step>(a, b, Lanes{});
                v[i + Step] = select<Step, Step, 0>(a, b, Lanes{});
            }
            transpose<2 * Step>(v);
        }
    }

    static constexpr int padded(int count) { return (count + width - 1) / width * width; }

    // sums[t] += v[t] in float64.
    static DRUMLIN_INLINE void add_double(vector v, double* sums) {
        typedef double wide __attribute__((vector_size(width * sizeof(double))));
        wide total;
        __builtin_memcpy(&total, sums, sizeof total);
        total += __builtin_convertvector(v, wide);
        __builtin_memcpy(sums, &total, sizeof total);
    }

    // sums[t] += sum of the lanes of vector t at `from`, for `width` vectors.
    static DRUMLIN_INLINE void add_lanes(const T* from, double* sums) {
        vector group[width];
        DRUMLIN_UNROLL
        for (int t = 0; t < width; ++t) group[t] = load(from + t * width);
        add_double(fold<width, 1>(group), sums);
    }

    // sums[t] += sum of the lanes of v[t], t < N, in float64. Writes padded(N) entries; those from N on have no
    // meaning.
    template <int N> static DRUMLIN_INLINE void add_sums(const vector* v, double* sums) {
        DRUMLIN_UNROLL
        for (int first = 0; first < N; first += width) {
            vector group[width];
            DRUMLIN_UNROLL
            for (int t = 0; t < width; ++t) group[t] = first + t < N ? v[first + t < N ? first + t : 0] : vector{};
            constexpr int whole = N >= width ? width : N > 8 ? 16 : N > 4 ? 8 : N > 2 ? 4 : N;
            const vector folded = fold<(whole < width ? whole : width), 1>(group);
            add_double(folded, sums + first);
        }
    }

    // The polynomial of `terms` coefficients, constant term first.
    template <int terms> static DRUMLIN_INLINE vector polynomial(const T (&coefficients)[terms], vector x) {
        vector sum = fill(coefficients[terms - 1]);
        DRUMLIN_UNROLL
        for (int i = terms - 2; i >= 0; --i) sum = sum * x + coefficients[i];
        return sum;
    }

    // e^x for x <= 0; exactly 1 at 0, exactly 0 for NaN and for x <= `least`, whose result is masked.
    static DRUMLIN_INLINE vector exp_nonpositive(vector x, T least = Format<T>::smallest_exponent) {
        using F = Format<T>;
#if defined(__AVX512F__)
        if constexpr (sizeof(vector) == 64 && sizeof(T) == 8) return exp_by_table(x, least);
#endif
        const vector shifted = x * static_cast<T>(1.4426950408889634) + F::round_to_integer;
        const integers scale = reinterpret_cast<integers>(shifted) << F::mantissa_bits;
        const vector whole = shifted - F::round_to_integer;
        const vector r = (x - whole * F::ln2_high) - whole * F::ln2_low;
        const vector power = (polynomial(F::exponential, r) * r + static_cast<T>(1)) * r + static_cast<T>(1);
        const vector scaled = reinterpret_cast<vector>(reinterpret_cast<integers>(power) + scale);
        return x > least ? scaled : vector{};
    }

#if defined(__AVX512F__)
    // The same by x = (16 e + i) ln2 / 16 + r: a table of sixteen numbers, in two registers, saves five terms.
    static DRUMLIN_INLINE vector exp_by_table(vector x, T least) {
        using F = Format<T>;
        const vector shifted = x * (16 * 1.4426950408889634) + F::round_to_integer;
        const vector whole = shifted - F::round_to_integer;
        const vector r = (x - whole * (F::ln2_high / 16)) - whole * (F::ln2_low / 16);
        const __m512i index = (__m512i)shifted;
        const __m512i root =
            _mm512_permutex2var_epi64(_mm512_loadu_si512(F::sixteenths), index, _mm512_loadu_si512(F::sixteenths + 8));
        const vector scaled =
            reinterpret_cast<vector>(reinterpret_cast<integers>(root) + (reinterpret_cast<integers>(shifted) << 48));
        const vector tail = polynomial(F::short_exponential, r) * (r * r) + r;  // e^r - 1
        return x > least ? scaled * tail + scaled : vector{};
    }
#endif

    // log x for normal x > 0.
    static DRUMLIN_INLINE vector log(vector x) {
        using F = Format<T>;
        constexpr unsigned_integer mantissa = (unsigned_integer{1} << F::mantissa_bits) - 1;
        const integers bits = reinterpret_cast<integers>(x);
        vector m = reinterpret_cast<vector>((bits & mantissa) | (F::bias << F::mantissa_bits));  // in [1, 2)
        const integers shifted =
            (bits >> F::mantissa_bits) - F::bias + reinterpret_cast<integers>(fill(F::round_to_integer));
        vector whole = reinterpret_cast<vector>(shifted) - F::round_to_integer;
        const vector half = fill(static_cast<T>(0.5)), one = fill(static_cast<T>(1));
        const auto large = m > static_cast<T>(1.4142135623730951);
        m = large ? m * half : m;
        whole = large ? whole + one : whole;
        const vector f = m - one, s = f / (m + one), z = s * s;
        // log m = f - s (f - s^2 tail), as in FreeBSD's e_log.c: f is exact, the other terms are small
        return whole * F::ln2_high + (f - (s * (f - z * polynomial(F::logarithm, z)) - whole * F::ln2_low));
    }
};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
