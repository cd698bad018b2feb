// Counter-based random numbers: number i of a stream is a function of key, stream and i alone, so that any thread can
// generate any part of a stream. Only sample.cpp includes it, once per instruction set.
#pragma once

#include "simd/vector.hpp"

#if defined(DRUMLIN_X86)
#include <immintrin.h>
#endif

namespace drumlin {
namespace DRUMLIN_SET {

template <class S> struct Random {
    using V = typename S::vector;
    using I = typename S::integers;
    static constexpr int width = S::width, rounds = 10, interleaved = 2, batch = 8;
    static constexpr int64_t excess = 2 * batch * width;  // how many numbers beyond `count` may be written

    // (low half of a) * (low half of b), 64 bits; the high halves are ignored.
    static DRUMLIN_INLINE I multiply(I a, I b) {
#if defined(DRUMLIN_X86) && DRUMLIN_VECTOR_BYTES == 64
        return reinterpret_cast<I>(_mm512_mul_epu32(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#elif defined(DRUMLIN_X86) && DRUMLIN_VECTOR_BYTES == 32
        return reinterpret_cast<I>(_mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#elif defined(DRUMLIN_X86)
        return reinterpret_cast<I>(_mm_mul_epu32(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#else
        return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
    }

    // Blocks `first`, `first` + 1, ... of a stream, one per lane, by Philox 4x32-10 (Salmon, Moraes, Dror, Shaw 2011):
    // counter (block, stream), 128 bits as two words. Each lane holds 32 bits; its high half is not used. `interleaved`
    // vectors run side by side, as each round waits for the one before.
    static DRUMLIN_INLINE void blocks(uint64_t key, uint64_t stream, uint64_t first, I (&words)[2][interleaved]) {
        I lanes;
        DRUMLIN_UNROLL
        for (int t = 0; t < width; ++t) lanes[t] = static_cast<uint64_t>(t);
        const I zero = {};
        const I first_factor = zero + 0xD2511F53u, second_factor = zero + 0xCD9E8D57u;
        I a[interleaved], b[interleaved], c[interleaved], d[interleaved];
        DRUMLIN_UNROLL
        for (int v = 0; v < interleaved; ++v) {
            a[v] = lanes + (first + static_cast<uint64_t>(v * width));
            b[v] = a[v] >> 32;
            c[v] = zero + stream;
            d[v] = zero;
        }
        auto first_key = static_cast<uint32_t>(key), second_key = static_cast<uint32_t>(key >> 32);
        DRUMLIN_UNROLL
        for (int round = 0; round < rounds; ++round) {
            DRUMLIN_UNROLL
            for (int v = 0; v < interleaved; ++v) {
                const I left = multiply(a[v], first_factor), right = multiply(c[v], second_factor);
                a[v] = (right >> 32) ^ b[v] ^ (zero + first_key);
                b[v] = right;
                c[v] = (left >> 32) ^ d[v] ^ (zero + second_key);
                d[v] = left;
            }
            first_key += 0x9E3779B9u;
            second_key += 0xBB67AE85u;
        }
        constexpr uint64_t half = 0xffffffffu;
        DRUMLIN_UNROLL
        for (int v = 0; v < interleaved; ++v) {
            words[0][v] = (a[v] & half) | (b[v] << 32);
            words[1][v] = (c[v] & half) | (d[v] << 32);
        }
    }

    // 1 + u, u in [0, 1) from the low 52 bits.
    static DRUMLIN_INLINE V one_plus_unit(I word) {
        return reinterpret_cast<V>((word & ((uint64_t{1} << 52) - 1)) | (Format<double>::bias << 52));
    }

    // to[0], ... = first[0], second[0], first[1], second[1], ...
    template <int... T> static DRUMLIN_INLINE void store_pairs(double* to, V first, V second, Indices<T...>) {
#if defined(__clang__)
        S::store(to, __builtin_shufflevector(first, second, (T / 2 + T % 2 * width)...));
        S::store(to + width, __builtin_shufflevector(first, second, (width / 2 + T / 2 + T % 2 * width)...));
#else
        const I low = {static_cast<uint64_t>(T / 2 + T % 2 * width)...};
        S::store(to, __builtin_shuffle(first, second, low));
        S::store(to + width, __builtin_shuffle(first, second, low + static_cast<uint64_t>(width / 2)));
#endif
    }
    static DRUMLIN_INLINE void store_pairs(double* to, V first, V second) {
        store_pairs(to, first, second, typename MakeIndices<width>::type{});
    }

    // cos and sin of 2 pi u from 1 + u: polynomials in v^2 with v = 4 u - q in [-1/2, 1/2], q the nearest integer
    // (Chebyshev fits, error below 3e-16), then q quarter turns.
    static DRUMLIN_INLINE void cos_sin(V one_plus_u, V& cosine, V& sine) {
        constexpr double s[] = {1.57079632679489661,     -0.645964097506244316,  0.0796926262460430031,
                                -0.00468175413234097599, 1.60441150742190911e-4, -3.5986433529823097e-6,
                                5.63393378153785395e-8};
        constexpr double c[] = {-1.23370055013616907,   0.253669507900830424,    -0.0208634807531968792,
                                9.19260101442624939e-4, -2.52007037619654130e-5, 4.66320538869034346e-7};
        const V quarters = one_plus_u * 4.0;
        const V shifted = quarters + Format<double>::round_to_integer;
        const V v = quarters - (shifted - Format<double>::round_to_integer), w = v * v;
        V sine_v = S::fill(s[6]), cosine_v = S::fill(c[5]);
        DRUMLIN_UNROLL
        for (int i = 5; i >= 0; --i) sine_v = sine_v * w + s[i];
        DRUMLIN_UNROLL
        for (int i = 4; i >= 0; --i) cosine_v = cosine_v * w + c[i];
        sine_v *= v;
        cosine_v = cosine_v * w + 1.0;
        const I q = reinterpret_cast<I>(shifted), odd = q & 1, sign = I{} + (uint64_t{1} << 63);
        const V swapped_cosine = odd != 0 ? sine_v : cosine_v, swapped_sine = odd != 0 ? cosine_v : sine_v;
        cosine = reinterpret_cast<V>(reinterpret_cast<I>(swapped_cosine) ^ (((q + 1) << 62) & sign));
        sine = reinterpret_cast<V>(reinterpret_cast<I>(swapped_sine) ^ ((q << 62) & sign));
    }

    // Standard normals 2 first, 2 first + 1, ...: `count` of them and up to `excess` more (Box and Muller 1958). A
    // batch computes words, then radii, then angles: in short loops more steps run side by side.
    static void normals(uint64_t key, uint64_t stream, uint64_t first, int64_t count, double* to) {
        for (int64_t done = 0; done < count; done += 2 * batch * width, first += batch * width) {
            V radius[batch], angle[batch];
            for (int v = 0; v < batch; v += interleaved) {
                I words[2][interleaved];
                blocks(key, stream, first + static_cast<uint64_t>(v * width), words);
                DRUMLIN_UNROLL
                for (int t = 0; t < interleaved; ++t) {
                    radius[v + t] = 2.0 - one_plus_unit(words[0][t]);
                    angle[v + t] = one_plus_unit(words[1][t]);
                }
            }
            for (int v = 0; v < batch; ++v) radius[v] = S::sqrt(S::log(radius[v]) * -2.0);
            for (int v = 0; v < batch; ++v) {
                V cosine, sine;
                cos_sin(angle[v], cosine, sine);
                store_pairs(to + done + 2 * width * v, radius[v] * cosine, radius[v] * sine);
            }
        }
    }

    // Uniforms in [0, 1), 2 first, 2 first + 1, ...: `count` of them and up to `excess` more.
    static void uniforms(uint64_t key, uint64_t stream, uint64_t first, int64_t count, double* to) {
        for (int64_t done = 0; done < count; done += 2 * interleaved * width, first += interleaved * width) {
            I words[2][interleaved];
            blocks(key, stream, first, words);
            DRUMLIN_UNROLL
            for (int t = 0; t < interleaved; ++t)
                store_pairs(to + done + 2 * t * width, one_plus_unit(words[0][t]) - 1.0,
                            one_plus_unit(words[1][t]) - 1.0);
        }
    }
};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
