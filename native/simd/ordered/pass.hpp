// The pass over rows ordered by their most likely component. Each tile holds rows of one component, the nearest. For
// every other component only those rows of the tile are evaluated in which its responsibility is not negligible.
#pragma once

#include "simd/common_origin.hpp"
#include "simd/ordered/active_lists.hpp"
#include "simd/ordered/normalise.hpp"
#include "simd/ordered/pending_rows.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// A density for an ordered pass: the Packed density, then the parameters of the bounds.
template <class S> struct OrderedPacked {
    using T = typename S::real;
    const Packed<T> packed;
    const BoundParameters<T> bound_parameters;

    static int64_t packed_bytes(const Density& g) {
        return round_up<int64_t>((Packed<T>::length(g) + CommonOrigin<T>::length(g)) * static_cast<int64_t>(sizeof(T)),
                                 64);
    }
    static int64_t bytes(const Density& g) { return packed_bytes(g) + BoundParameters<T>::bytes(g); }
    OrderedPacked(const Density& g, const void* memory)
        : packed(g, memory), bound_parameters(g, static_cast<char*>(const_cast<void*>(memory)) + packed_bytes(g)) {}
};

// The pass over one part of the rows.
template <class S> class OrderedPass {
    using T = typename S::real;

    const Rows& rows;
    const RowOrder& order;
    const Density& g;
    const bool root;  // whether the M phase works on square roots of weights
    const OrderedPacked<S> density;
    const OrderedWorkspace<S> workspace;
    const Workspace<S>& w;
    ActiveLists<S> lists;
    const PendingRows<S> pending;
    double* sums;

  public:
    OrderedPass(const Rows& rows_, const RowOrder& order_, const Density& g_, const void* packed, bool diagonal,
                void* memory, double* sums_)
        : rows(rows_), order(order_), g(g_), root(!diagonal && g_.d > Blocks::small), density(g_, packed),
          workspace(g_, memory), w(workspace.w), lists(rows_, g_, density.packed, density.bound_parameters, workspace),
          pending(rows_.x, g_, density.packed, workspace, diagonal, sums_), sums(sums_) {}

    void run(int64_t begin, int64_t end, double scale) {
        int64_t nearest = 0, prepared = -1;
        while (begin < end) {
            while (order.edges[nearest + 1] <= begin) ++nearest;
            if (nearest != prepared) workspace.panel.prepare(g, density.bound_parameters, prepared = nearest);
            const int64_t count = smaller(smaller(workspace.rows, end - begin), order.edges[nearest + 1] - begin);
            prefetch_rows(rows.x, order.rows + begin + count, smaller(workspace.rows, end - begin - count));
            add_tile(order.rows + begin, count, nearest, scale);
            begin += count;
        }
        pending.finish();
        sums[2] += static_cast<double>(lists.evaluated);
    }

  private:
    void add_tile(const int32_t* index, int64_t count, int64_t nearest, double scale) {
        const int64_t used = round_up(count, group_rows<S>());
        gather_rows<S>(rows.x, index, count, used, w.stride, w.x);
        load_weights(index, count, used, scale);
        lists.make(index, count, used, nearest);
        sums[0] += normalise_lists<S>(lists, workspace, used, root);
        for (int64_t a = 0; a < lists.n_active; ++a) add_component(workspace.active[a], index, used);
    }

    void load_weights(const int32_t* index, int64_t count, int64_t used, double scale) {
        const double inverse = 1 / scale;
        for (int64_t b = 0; b < used; ++b) {
            const double weight = b >= count ? 0 : rows.sample_weight ? rows.sample_weight[index[b]] : 1;
            w.sample_weight[b] = weight * inverse;
            sums[1] += w.sample_weight[b];
            if (weight == 0 && b < count)  // an absent row: its values may be NaN
                for (int64_t i = 0; i < g.d; ++i) w.x[i * w.stride + b] = 0;
        }
    }

    void add_component(int64_t j, const int32_t* index, int64_t used) const {
        const T* joint = lists.joint(j);
        const int64_t length = workspace.lengths[j];
        if (length == ActiveLists<S>::whole_tile) return pending.add_tile(j, joint, used, w);
        const int32_t* list = lists.positions(j);
        for (int64_t r = 0; r < length; ++r) pending.add_row(j, index[list[r]], joint[r] * w.total[list[r]]);
    }
};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
