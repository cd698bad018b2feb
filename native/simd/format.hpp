// The constants of each float type: its format, and the polynomials of exp and log.
#pragma once

#include <cstdint>

namespace drumlin {
namespace DRUMLIN_SET {

template <class T> struct Format;
template <> struct Format<double> {
    using unsigned_integer = uint64_t;
    static constexpr int mantissa_bits = 52;
    static constexpr unsigned_integer bias = 1023;
    static constexpr double largest = 1.7976931348623157e308;
    static constexpr double round_to_integer = 6755399441055744.0;  // 1.5 * 2^52: its last bit is worth 1
    static constexpr double smallest_exponent = -708.0;             // exp of less is returned as 0
    static constexpr double negligible_exponent = -575.0;  // smaller responsibilities would only slow the sums down
    static constexpr double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;
    // (e^r - 1 - r) / r^2 for |r| <= ln2 / 2, constant term first: fitted at Chebyshev nodes, error 2e-17 of e^r
    static constexpr double exponential[] = {0.5,
                                             0.16666666666666667,
                                             0.041666666666624128,
                                             0.0083333333333300618,
                                             0.0013888888917213717,
                                             0.00019841269863053617,
                                             2.4801521295954375e-5,
                                             2.7557268459997065e-6,
                                             2.7620088445409748e-7,
                                             2.5100385495510319e-8};
    // The same for |r| <= ln2 / 32, error 3e-17, and the bits of 2^(i/16) minus i << 48
    static constexpr double short_exponential[] = {0.5, 0.1666666666530169, 0.04166666666496045, 0.008333449701253456,
                                                   0.0013889034348599464};
    static constexpr unsigned_integer sixteenths[] = {
        0x3ff0000000000000, 0x3fefb5586cf9890f, 0x3fef72b83c7d517b, 0x3fef387a6e756238,
        0x3fef06fe0a31b715, 0x3feedea64c123422, 0x3feebfdad5362a27, 0x3feeab07dd485429,
        0x3feea09e667f3bcd, 0x3feea11473eb0187, 0x3feeace5422aa0db, 0x3feec49182a3f090,
        0x3feee89f995ad3ad, 0x3fef199bdd85529c, 0x3fef5818dcfba487, 0x3fefa4afa2a490da};
    // 2 atanh(s) = 2 s + s^3 * this(s^2), |s| <= 0.1716
    static constexpr double logarithm[] = {0.66666666666666697, 0.39999999999899454, 0.28571428625998560,
                                           0.22222211131028519, 0.18182889399677720, 0.15331712479381300,
                                           0.14616562422104646};
};
template <> struct Format<float> {
    using unsigned_integer = uint32_t;
    static constexpr int mantissa_bits = 23;
    static constexpr unsigned_integer bias = 127;
    static constexpr float largest = 3.4028234663852886e38f;
    static constexpr float round_to_integer = 12582912.0f;
    static constexpr float smallest_exponent = -87.0f;
    static constexpr float negligible_exponent = -69.0f;
    static constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
    static constexpr float exponential[] = {0.5f, 0.16666577f, 0.0416665546f, 0.00836317905f, 0.00139261836f};
    static constexpr float logarithm[] = {0.66666685f, 0.399887787f, 0.295800355f};
};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
