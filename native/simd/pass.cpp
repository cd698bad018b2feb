// The fused E and M pass over a range of rows. Compiled once per instruction set, with
//   DRUMLIN_SET           the name of the set: a namespace and the exported table
//   DRUMLIN_VECTOR_BYTES  the width of its vectors
//   DRUMLIN_REGISTERS     the number of its vector registers, 16 or 32
#include "simd/common_origin_moments.hpp"
#include "simd/m_phase.hpp"
#include "simd/ordered/pass.hpp"
#include "simd/outputs.hpp"
#include "simd/rates.hpp"
#include "simd/table.hpp"
#include "simd/weights.hpp"

namespace drumlin {
namespace DRUMLIN_SET {
namespace {

template <class S> size_t packed_bytes(const Density& g) {
    using T = typename S::real;
    return static_cast<size_t>(Packed<T>::length(g) + CommonOrigin<T>::length(g)) * sizeof(T);
}

template <class T> CommonOrigin<T> common_origin_of(const Density& g, const void* memory) {
    return {g, static_cast<T*>(const_cast<void*>(memory)) + Packed<T>::length(g)};
}

// `common_origin`: rows may be centred at a common origin if the means are close to it.
template <class S> void pack_as(const Density& g, void* memory, bool common_origin) {
    using T = typename S::real;
    const Packed<T> packed(g, memory);
    const CommonOrigin<T> common = common_origin_of<T>(g, memory);
    *common.use = 0;
    if (common_origin) common.pack(g);
    for (int64_t i = 0; i < g.k * g.d; ++i) {
        const double mean = common.distances() ? common.offset(g, i / g.d, i % g.d) : g.means[i];
        packed.high[i] = static_cast<T>(mean);
        packed.low[i] = static_cast<T>(mean - static_cast<double>(packed.high[i]));
    }
    for (int64_t j = 0; j < g.k; ++j) packed.constants[j] = static_cast<T>(g.constants[j]);
    T* to = packed.whitening;
    const int64_t distinct = g.shared ? 1 : g.k;
    if (!g.triangular) {
        for (int64_t i = 0; i < distinct * g.d; ++i) to[i] = static_cast<T>(g.whitening[i]);
        return;
    }
    for (int64_t j = 0; j < distinct; ++j)
        RowBlocks(g.d).each([&](int64_t i, int64_t rows) {
            const double* from = g.whitening + (j * g.d + i) * g.d;
            for (int64_t l = 0; l < i + rows; ++l)
                for (int64_t r = 0; r < rows; ++r) *to++ = l <= i + r ? static_cast<T>(from[r * g.d + l]) : T(0);
        });
}

template <class S> void pack(const Density& g, void* memory) { pack_as<S>(g, memory, true); }

template <class S> size_t workspace_bytes(const Density& g) { return static_cast<size_t>(Workspace<S>::bytes(g)); }

template <class S> int64_t sums_length(const Density& g, const void* memory, Form form) {
    if (form != Form::full && common_origin_of<typename S::real>(g, memory).moments())
        return CommonOriginSums::length<S>(g.k, g.d, form);
    return Sums<S>::header + g.k * Sums<S>::component_length(g.d, form != Form::full);
}

template <class S>
void log_joint_tile(const Density& g, const Packed<typename S::real>& packed,
                    const CommonOrigin<typename S::real>& common, int64_t used, const Workspace<S>& w) {
    if (common.distances()) return log_joint_common_origin<S>(g, common, packed.constants, used, w);
    log_joint_tile<S>(g, packed, used, w);
}

template <class S>
void add_moments_tile(const Density& g, const Packed<typename S::real>& packed, Form form, int64_t used,
                      const Workspace<S>& w, double* component) {
    const int64_t length = Sums<S>::component_length(g.d, form != Form::full);
    for (int64_t j = 0; j < g.k; ++j, component += length)
        if (form == Form::full)
            add_moments<S, false>(g, packed, j, w.joint + j * w.stride, used, w, component);
        else
            add_moments<S, true>(g, packed, j, w.joint + j * w.stride, used, w, component);
}

template <class S>
void expect(const Rows& rows, const Density& g, const void* memory, Form form, int64_t begin, int64_t end,
            void* workspace, double* sums) {
    const Packed<typename S::real> packed(g, memory);
    const CommonOrigin<typename S::real> common = common_origin_of<typename S::real>(g, memory);
    const Workspace<S> w(g, workspace);
    const int64_t length = sums_length<S>(g, memory, form);
    const double scale = rows.sample_weight ? weight_scale(rows.sample_weight, begin, end) : 1;
    for (; begin < end; begin += w.rows) {
        const int64_t count = smaller<int64_t>(w.rows, end - begin), used = round_up(count, group_rows<S>());
        load_rows<S>(rows.x, begin, count, used, w.stride, w.x);
        sums[1] += rows.sample_weight ? load_weights<S>(rows.sample_weight + begin, scale, count, used, g.d, w)
                                      : load_unit_weights<S>(count, used, w);
        log_joint_tile<S>(g, packed, common, used, w);
        if (rows.labels) apply_labels<S>(rows.labels + begin, count, g.k, w);
        const Prefetch prefetch(rows.x, begin, count, end);
        const int64_t unit_rows = rows.sample_weight ? 0 : count;
        sums[0] += form == Form::full && g.d > Blocks::small ? normalise<S, true>(g.k, unit_rows, used, w, prefetch)
                                                             : normalise<S, false>(g.k, unit_rows, used, w, prefetch);
        if (common.moments() && form != Form::full)
            add_moments_common_origin<S>(g, form, used, w, sums);
        else
            add_moments_tile<S>(g, packed, form, used, w, sums + Sums<S>::header);
    }
    if (scale != 1)
        for (int64_t i = 0; i < length; ++i) sums[i] *= scale;
}

template <class S> size_t ordered_packed_bytes(const Density& g) {
    return static_cast<size_t>(OrderedPacked<S>::bytes(g));
}

template <class S> void ordered_pack(const Density& g, void* memory) {
    pack_as<S>(g, memory, false);
    OrderedPacked<S>(g, memory).bound_parameters.pack(g);
}

template <class S> size_t ordered_workspace_bytes(const Density& g) {
    return static_cast<size_t>(OrderedWorkspace<S>::bytes(g));
}

template <class S>
void ordered_expect(const Rows& rows, const RowOrder& order, const Density& g, const void* packed, Form form,
                    int64_t begin, int64_t end, void* workspace, double* sums) {
    const double scale = rows.sample_weight ? weight_scale(rows.sample_weight, order.rows + begin, end - begin) : 1;
    OrderedPass<S>(rows, order, g, packed, form != Form::full, workspace, sums).run(begin, end, scale);
    const double evaluated = sums[2];
    if (scale != 1)
        for (int64_t i = 0; i < sums_length<S>(g, packed, form); ++i) sums[i] *= scale;
    sums[2] = evaluated;
}

template <class S> void unpack(const Density& g, const void* memory, const double* sums, Moments& moments) {
    const bool full = moments.form == Form::full;
    const int64_t d = g.d, length = Sums<S>::component_length(d, !full);
    moments.log_likelihood = sums[0];
    moments.count = sums[1];
    const auto common = common_origin_of<typename S::real>(g, memory);
    if (common.moments() && !full) return unpack_common_origin<S>(g, common, sums, moments);
    for (int64_t j = 0; j < g.k; ++j) {
        const double* component = sums + Sums<S>::header + j * length;
        const double *shift = component + S::width, *scatter = shift + Sums<S>::shift_length(d);
        double *to_shift = moments.shift + j * d, *to = moments.scatter + j * (full ? d * d : d);
        if (full && d > Blocks::small) {
            unpack_full(d, component, moments.mass + j, to_shift, to);
            continue;
        }
        moments.mass[j] = component[0];
        for (int64_t i = 0; i < d; ++i) to_shift[i] = shift[Sums<S>::place(i)];
        if (moments.form == Form::diagonal)
            for (int64_t i = 0; i < d; ++i) to[i] = scatter[Sums<S>::place(i)];
        else if (full)
            for (int64_t i = 0; i < d; ++i)
                for (int64_t l = 0; l <= i; ++l) to[i * d + l] = to[l * d + i] = *scatter++;
    }
}

template <class S>
void evaluate(const MatrixView& x, const Density& g, const void* memory, Output output, int64_t begin, int64_t end,
              void* workspace, void* out) {
    const Packed<typename S::real> packed(g, memory);
    const CommonOrigin<typename S::real> common = common_origin_of<typename S::real>(g, memory);
    const Workspace<S> w(g, workspace);
    const int64_t columns = output == Output::log_joint || output == Output::responsibilities ? g.k : 1;
    const int64_t size = output == Output::labels ? sizeof(int64_t) : sizeof(typename S::real);
    for (; begin < end; begin += w.rows) {
        const int64_t count = smaller<int64_t>(w.rows, end - begin), used = round_up(count, group_rows<S>());
        load_rows<S>(x, begin, count, used, w.stride, w.x);
        log_joint_tile<S>(g, packed, common, used, w);
        write_tile<S>(g.k, count, w, output, static_cast<char*>(out) + begin * columns * size);
    }
}

// In the order of the members of Pass.
template <class S> constexpr Pass pass() {
    return {tile_rows<S>,
            packed_bytes<S>,
            pack<S>,
            workspace_bytes<S>,
            sums_length<S>,
            expect<S>,
            unpack<S>,
            evaluate<S>,
            ordered_packed_bytes<S>,
            ordered_pack<S>,
            ordered_workspace_bytes<S>,
            ordered_expect<S>,
            multiply_adds<S>,
            exponentials<S>,
            read_all<S>};
}

}  // namespace
}  // namespace DRUMLIN_SET

#define DRUMLIN_QUOTE(name) #name
#define DRUMLIN_NAME(name) DRUMLIN_QUOTE(name)

// Constant initialisation: no code of a set runs before that set is chosen.
namespace DRUMLIN_SET {
constexpr InstructionSet table = {DRUMLIN_NAME(DRUMLIN_SET), pass<Simd<double, DRUMLIN_VECTOR_BYTES>>(),
                                  pass<Simd<float, DRUMLIN_VECTOR_BYTES>>(), &sampler, &merger};
}  // namespace DRUMLIN_SET

}  // namespace drumlin
