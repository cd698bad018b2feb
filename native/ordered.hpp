// The pass over rows that are ordered by their most likely component. Each tile holds rows of one component, the near
// one; of every other component only the rows in which it counts are worked on, gathered from the tile.
#pragma once

#include "lists.hpp"
#include "near.hpp"
#include "waiting.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// A density for an ordered pass: packed as always, then the directions.
template <class S> struct OrderedPacked {
    using T = typename S::real;
    const Packed<T> packed;
    const Directions<T> directions;

    static int64_t packed_bytes(const Density& g) {
        return round_up<int64_t>((Packed<T>::length(g) + Near<T>::length(g)) * static_cast<int64_t>(sizeof(T)), 64);
    }
    static int64_t bytes(const Density& g) { return packed_bytes(g) + Directions<T>::bytes(g); }
    OrderedPacked(const Density& g, const void* memory)
        : packed(g, memory), directions(g, static_cast<char*>(const_cast<void*>(memory)) + packed_bytes(g)) {}
};

// One part of the pass.
template <class S> class Ordered {
    using T = typename S::real;

    const Samples& samples;
    const Order& order;
    const Density& g;
    const bool root;  // whether the M phase takes square roots of weights
    const OrderedPacked<S> density;
    const OrderedSpace<S> space;
    const Workspace<S>& w;
    Lists<S> lists;
    const Waiting<S> waiting;
    double* sums;

  public:
    Ordered(const Samples& samples_, const Order& order_, const Density& g_, const void* packed, bool diagonal,
            void* memory, double* sums_)
        : samples(samples_), order(order_), g(g_), root(!diagonal && g_.d > Blocks::small), density(g_, packed),
          space(g_, memory), w(space.w), lists(samples_, g_, density.packed, density.directions, space),
          waiting(samples_.x, g_, density.packed, space, diagonal, sums_), sums(sums_) {}

    void run(int64_t begin, int64_t end, double unit) {
        int64_t near = 0, aimed = -1;
        while (begin < end) {
            while (order.edges[near + 1] <= begin) ++near;
            if (near != aimed) space.panel.aim(g, density.directions, aimed = near);
            const int64_t count = smaller(smaller(space.rows, end - begin), order.edges[near + 1] - begin);
            prefetch_rows(samples.x, order.rows + begin + count, smaller(space.rows, end - begin - count));
            tile(order.rows + begin, count, near, unit);
            begin += count;
        }
        waiting.finish();
        sums[2] += static_cast<double>(lists.evaluated);
    }

  private:
    void tile(const int32_t* index, int64_t count, int64_t near, double unit) {
        const int64_t used = round_up(count, group_rows<S>());
        gather_rows<S>(samples.x, index, count, used, w.stride, w.x);
        weigh_rows(index, count, used, unit);
        lists.make(index, count, used, near);
        sums[0] += lists.exponentiate(used, root);
        for (int64_t a = 0; a < lists.n_alive; ++a) add_component(space.alive[a], index, used);
    }

    void weigh_rows(const int32_t* index, int64_t count, int64_t used, double unit) {
        const double scale = 1 / unit;
        for (int64_t b = 0; b < used; ++b) {
            const double weight = b >= count ? 0 : samples.sample_weight ? samples.sample_weight[index[b]] : 1;
            w.sample_weight[b] = weight * scale;
            sums[1] += w.sample_weight[b];
            if (weight == 0 && b < count)  // absent, whatever it holds
                for (int64_t i = 0; i < g.d; ++i) w.x[i * w.stride + b] = 0;
        }
    }

    void add_component(int64_t j, const int32_t* index, int64_t used) const {
        const T* joint = lists.joint(j);
        const int64_t length = space.lengths[j];
        if (length == Lists<S>::whole_tile) return waiting.add_tile(j, joint, used, w);
        const int32_t* list = lists.lanes(j);
        for (int64_t r = 0; r < length; ++r) waiting.add_row(j, index[list[r]], joint[r] * w.total[list[r]]);
    }
};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
