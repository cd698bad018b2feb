// The fused E and M pass over a range of rows. Compiled once per instruction set, with
//   DRUMLIN_SET           the name of the set: a namespace and the exported table
//   DRUMLIN_VECTOR_BYTES  the width of its vectors
//   DRUMLIN_SPAN          vectors per register block (layout.hpp)
// No std:: template is used here: the linker could take its instance for code that must run on an older machine.
#include "m_phase.hpp"

namespace drumlin {
namespace DRUMLIN_SET {
namespace {

template <class S> size_t packed_bytes(const Density& g) {
    return static_cast<size_t>(Packed<typename S::real>::length(g)) * sizeof(typename S::real);
}

template <class S> void pack(const Density& g, void* memory) {
    using T = typename S::real;
    const Packed<T> packed(g, memory);
    for (int64_t i = 0; i < g.k * g.d; ++i) {
        packed.high[i] = static_cast<T>(g.means[i]);
        packed.low[i] = static_cast<T>(g.means[i] - static_cast<double>(packed.high[i]));
    }
    for (int64_t j = 0; j < g.k; ++j) packed.constants[j] = static_cast<T>(g.constants[j]);
    T* to = packed.whitening;
    const int64_t distinct = g.shared ? 1 : g.k;
    if (!g.triangular) {
        for (int64_t i = 0; i < distinct * g.d; ++i) to[i] = static_cast<T>(g.whitening[i]);
        return;
    }
    for (int64_t j = 0; j < distinct; ++j)
        for (int64_t i = 0; i < g.d; i += Blocks::rows) {
            const int64_t rows = smaller<int64_t>(Blocks::rows, g.d - i);
            const double* from = g.whitening + (j * g.d + i) * g.d;
            for (int64_t l = 0; l < i + rows; ++l)
                for (int64_t r = 0; r < rows; ++r) *to++ = l <= i + r ? static_cast<T>(from[r * g.d + l]) : T(0);
        }
}

template <class S> size_t workspace_bytes(const Density& g) { return static_cast<size_t>(Workspace<S>::bytes(g)); }

template <class S> int64_t sums_length(const Density& g, bool diagonal) {
    return Sums<S>::header + g.k * Sums<S>::component_length(g.d, diagonal);
}

// A power of two by which weights are divided, which is exact: the largest then lies between 1 and 2, so that float32
// holds weights of any size.
inline double weight_unit(const double* sample_weight, int64_t begin, int64_t end) {
    double largest = 0x1p-1000;
    for (int64_t i = begin; i < end; ++i) largest = sample_weight[i] > largest ? sample_weight[i] : largest;
    uint64_t bits;
    __builtin_memcpy(&bits, &largest, sizeof bits);
    bits &= uint64_t{0x7ff} << 52;
    __builtin_memcpy(&largest, &bits, sizeof bits);
    return largest;
}

// Rows of weight 0 are absent: their values, which may be anything, give way to zeros.
template <class S>
double load_weights(const double* sample_weight, double unit, int64_t count, int64_t used, int64_t d,
                    const Workspace<S>& w) {
    double total = 0;
    const double scale = 1 / unit;
    for (int64_t b = 0; b < count; ++b) {
        w.sample_weight[b] = sample_weight[b] * scale;
        total += w.sample_weight[b];
        if (sample_weight[b] == 0.0)
            for (int64_t i = 0; i < d; ++i) w.x[i * w.stride + b] = 0;
    }
    for (int64_t b = count; b < used; ++b) w.sample_weight[b] = 0;
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

// Sum of sample_weight * log_density in float64, in eight interleaved partial sums; w.total becomes weight / total.
template <class S> double log_likelihood_of(int64_t used, const Workspace<S>& w) {
    using T = typename S::real;
    constexpr int lanes = 8;
    double sums[lanes] = {};
    int64_t b = 0;
    for (; b + lanes <= used; b += lanes)
        for (int t = 0; t < lanes; ++t)
            sums[t] += w.sample_weight[b + t] *
                       (static_cast<double>(w.peak[b + t]) + static_cast<double>(w.weight[b + t]));
    for (; b < used; ++b)
        sums[0] += w.sample_weight[b] * (static_cast<double>(w.peak[b]) + static_cast<double>(w.weight[b]));
    for (b = 0; b < used; ++b) w.total[b] = static_cast<T>(w.sample_weight[b]) / w.total[b];
    double sum = 0;
    for (int t = 0; t < lanes; ++t) sum += sums[t];
    return sum;
}

template <class S>
void expect(const Samples& samples, const Density& g, const void* memory, bool diagonal, int64_t begin, int64_t end,
            void* workspace, double* sums) {
    const Packed<typename S::real> packed(g, memory);
    const Workspace<S> w(g, workspace);
    const int64_t length = Sums<S>::component_length(g.d, diagonal);
    const double unit = samples.sample_weight ? weight_unit(samples.sample_weight, begin, end) : 1;
    for (; begin < end; begin += w.rows) {
        const int64_t count = smaller<int64_t>(w.rows, end - begin), used = round_up(count, group_rows<S>());
        load_rows<S>(samples.x, begin, count, used, w.stride, w.x);
        sums[1] += samples.sample_weight ? load_weights<S>(samples.sample_weight + begin, unit, count, used, g.d, w)
                                         : unit_weights<S>(count, used, w);
        log_joint_tile<S>(g, packed, used, w);
        if (samples.labels) apply_labels<S>(samples.labels + begin, count, g.k, w);
        exponentiate<S>(g.k, used, w);
        sums[0] += log_likelihood_of<S>(used, w);
        double* component = sums + Sums<S>::header;
        for (int64_t j = 0; j < g.k; ++j, component += length)
            if (diagonal)
                add_moments<S, true>(g, packed, j, used, w, component);
            else
                add_moments<S, false>(g, packed, j, used, w, component);
    }
    if (unit != 1)
        for (int64_t i = 0; i < sums_length<S>(g, diagonal); ++i) sums[i] *= unit;
}

// The symmetric (d, d) matrix of one component.
template <class S> void unpack_scatter(int64_t d, const double* scatter, double* to) {
    if (d <= Blocks::small) {
        for (int64_t i = 0; i < d; ++i)
            for (int64_t l = 0; l <= i; ++l) to[i * d + l] = to[l * d + i] = *scatter++;
        return;
    }
    for_each_block(d, [&](int64_t i, int64_t rows, int64_t l, int64_t columns) {
        for (int64_t r = 0; r < rows; ++r)
            for (int64_t c = 0; c < columns; ++c)
                if (l + c <= i + r) to[(i + r) * d + l + c] = to[(l + c) * d + i + r] = scatter[r * columns + c];
        scatter += S::padded(static_cast<int>(rows * columns));
    });
}

template <class S> void unpack(const Density& g, const double* sums, Moments& moments) {
    const int64_t d = g.d, length = Sums<S>::component_length(d, moments.diagonal);
    moments.log_likelihood = sums[0];
    moments.count = sums[1];
    for (int64_t j = 0; j < g.k; ++j) {
        const double* component = sums + Sums<S>::header + j * length;
        const double *shift = component + S::width, *scatter = shift + Sums<S>::shift_length(d);
        moments.mass[j] = component[0];
        for (int64_t i = 0; i < d; ++i) moments.shift[j * d + i] = shift[Sums<S>::place(i)];
        if (moments.diagonal)
            for (int64_t i = 0; i < d; ++i) moments.scatter[j * d + i] = scatter[Sums<S>::place(i)];
        else
            unpack_scatter<S>(d, scatter, moments.scatter + j * d * d);
    }
}

template <class S> void write_labels(int64_t k, int64_t count, const Workspace<S>& w, int64_t* out) {
    for (int64_t b = 0; b < count; ++b) {
        int64_t best = 0;
        for (int64_t j = 1; j < k; ++j)
            if (w.joint[j * w.stride + b] > w.joint[best * w.stride + b]) best = j;
        out[b] = best;
    }
}

// out[b, j] = joint[j, b]
template <class S> void write_joint(int64_t k, int64_t count, const Workspace<S>& w, typename S::real* out) {
    for (int64_t b = 0; b < count; ++b)
        for (int64_t j = 0; j < k; ++j) out[b * k + j] = w.joint[j * w.stride + b];
}

template <class S> void write_tile(int64_t k, int64_t count, const Workspace<S>& w, Output output, void* out) {
    auto* real = static_cast<typename S::real*>(out);
    switch (output) {
    case Output::labels: return write_labels<S>(k, count, w, static_cast<int64_t*>(out));
    case Output::log_joint: return write_joint<S>(k, count, w, real);
    case Output::log_density:
        exponentiate<S>(k, round_up<int64_t>(count, S::width), w);
        for (int64_t b = 0; b < count; ++b) real[b] = w.peak[b] + w.weight[b];
        return;
    case Output::responsibilities:
        exponentiate<S>(k, round_up<int64_t>(count, S::width), w);
        for (int64_t j = 0; j < k; ++j)
            for (int64_t b = 0; b < count; ++b) w.joint[j * w.stride + b] /= w.total[b];
        return write_joint<S>(k, count, w, real);
    }
}

template <class S>
void rows(const Rows& x, const Density& g, const void* memory, Output output, int64_t begin, int64_t end,
          void* workspace, void* out) {
    const Packed<typename S::real> packed(g, memory);
    const Workspace<S> w(g, workspace);
    const int64_t columns = output == Output::log_joint || output == Output::responsibilities ? g.k : 1;
    const int64_t size = output == Output::labels ? sizeof(int64_t) : sizeof(typename S::real);
    for (; begin < end; begin += w.rows) {
        const int64_t count = smaller<int64_t>(w.rows, end - begin), used = round_up(count, group_rows<S>());
        load_rows<S>(x, begin, count, used, w.stride, w.x);
        log_joint_tile<S>(g, packed, used, w);
        write_tile<S>(g.k, count, w, output, static_cast<char*>(out) + begin * columns * size);
    }
}

// Twelve independent chains, enough to hide the latency of a multiply-add and few enough for sixteen registers.
template <class S> double multiply_adds(int64_t rounds, double* sink) {
    using V = typename S::vector;
    using T = typename S::real;
    constexpr int chains = 12, unrolled = 8;
    V sums[chains], factor = S::fill(static_cast<T>(0.999)), term = S::fill(static_cast<T>(1e-3));
    for (int i = 0; i < chains; ++i) sums[i] = S::fill(static_cast<T>(i));
    S::pin(factor);
    S::pin(term);
    for (int64_t round = 0; round < rounds; ++round) {
        DRUMLIN_UNROLL
        for (int repeat = 0; repeat < unrolled; ++repeat) {
            DRUMLIN_UNROLL
            for (int i = 0; i < chains; ++i) sums[i] = sums[i] * factor + term;
        }
        DRUMLIN_UNROLL
        for (int i = 0; i < chains; ++i) S::pin(sums[i]);
    }
    for (int i = 0; i < chains; ++i) sink[0] += static_cast<double>(sums[i][0]);
    return static_cast<double>(rounds) * unrolled * chains * S::width;
}

template <class S> constexpr Pass pass() {
    return {tile_rows<S>, packed_bytes<S>, pack<S>, workspace_bytes<S>, sums_length<S>,
            expect<S>,    unpack<S>,       rows<S>, multiply_adds<S>};
}

}  // namespace
}  // namespace DRUMLIN_SET

#define DRUMLIN_QUOTE(name) #name
#define DRUMLIN_NAME(name) DRUMLIN_QUOTE(name)

// Constant initialised: no code of this set runs before the set is chosen.
namespace DRUMLIN_SET {
constexpr InstructionSet table = {DRUMLIN_NAME(DRUMLIN_SET), pass<Simd<double, DRUMLIN_VECTOR_BYTES>>(),
                                  pass<Simd<float, DRUMLIN_VECTOR_BYTES>>()};
}  // namespace DRUMLIN_SET

}  // namespace drumlin
