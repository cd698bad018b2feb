// The cost of a pair changes only when one of the two groups has changed, so a table keeps all costs. For each group
// the least cost with a later group is kept, or a lower bound of it, which is computed only when it is the least of
// all.
#include "driver/agglomerate.hpp"

#include "driver/parallel.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

namespace drumlin {
namespace {

constexpr int64_t unknown = -1;
constexpr double infinite = std::numeric_limits<double>::infinity(), largest = std::numeric_limits<double>::max();

// The remaining groups, in the order of their numbers, and the merged ones until compact() removes them.
class Slots {
    Aligned fields_;
    std::vector<double> criterion_, values_;
    Aligned workspace_;

  public:
    const Merger& merger;
    Groups groups;
    int64_t used, remaining;
    std::vector<int64_t> number, slot;  // the group in each slot, `unknown` once it was merged; the slot of each group

    Slots(const Merger& merger, const double* y, const double* mass, int64_t m, int64_t d, double offset)
        : fields_(sizeof(double) * fields(d) * (m + Merger::padding)), criterion_(m), values_(m + Merger::padding),
          workspace_(sizeof(double) * merger.workspace_length(d)), merger(merger), used(m), remaining(m), number(m),
          slot(m) {
        const int64_t stride = m + Merger::padding;
        auto* memory = static_cast<double*>(fields_.get());
        std::fill_n(memory, fields(d) * stride, 1.0);
        double* mean = memory + 3 * stride;
        groups = {d, stride, offset, memory, memory + stride, memory + 2 * stride, mean, mean + d * stride};
        std::fill_n(groups.scatter, d * (d + 1) / 2 * stride, 0.0);
        for (int64_t s = 0; s < m; ++s) {
            groups.mass[s] = mass[s];
            groups.trace[s] = 0.0;
            for (int64_t i = 0; i < d; ++i) mean[i * stride + s] = y[s * d + i];
            criterion_[s] = mass[s] * std::log(offset / mass[s]);
            number[s] = slot[s] = s;
        }
    }

    static int64_t fields(int64_t d) { return 3 + d + d * (d + 1) / 2; }

    // The criterion of every slot from `first` on, merged with the group in slot `one`.
    void merge_all_with(int64_t one, int64_t first) {
        merger.merged(groups, one, first, used, static_cast<double*>(workspace_.get()), values_.data());
    }

    // The increase of the criterion by merging slot `one`, that of the last merge_all_with, with another.
    double cost(int64_t one, int64_t other) const {
        const double value = values_[other] - criterion_[one] - criterion_[other];
        return value < largest ? value : largest;
    }

    // Group b joins group a.
    void join(int64_t a, int64_t b) {
        const int64_t to = slot[a], from = slot[b], d = groups.d, stride = groups.stride;
        merger.merged(groups, from, to, to + 1, static_cast<double*>(workspace_.get()), values_.data());
        criterion_[to] = values_[to];
        double *mass = groups.mass, *mean = groups.mean, *scatter = groups.scatter;
        const double total = mass[to] + mass[from], share = mass[from] / total, both = mass[to] * share;
        for (int64_t i = 0; i < d; ++i)
            for (int64_t l = 0; l <= i; ++l, scatter += stride) {
                const double between = both * (mean[i * stride + from] - mean[i * stride + to]) *
                                       (mean[l * stride + from] - mean[l * stride + to]);
                scatter[to] += scatter[from] + between;
                if (i == l) groups.trace[to] += between;
            }
        groups.trace[to] += groups.trace[from];
        for (int64_t i = 0; i < d; ++i, mean += stride) mean[to] += share * (mean[from] - mean[to]);
        groups.rows[to] += groups.rows[from];
        mass[to] = total;
        number[from] = unknown;
        if (--remaining < used - used / 4) compact();
    }

  private:
    void compact() {
        int64_t kept = 0;
        for (int64_t s = 0; s < used; ++s) {
            if (number[s] == unknown) continue;
            double* field = groups.mass;
            for (int64_t e = 0; e < fields(groups.d); ++e, field += groups.stride) field[kept] = field[s];
            criterion_[kept] = criterion_[s];
            number[kept] = number[s];
            slot[number[kept]] = kept;
            ++kept;
        }
        used = kept;
    }
};

class Agglomeration {
    Slots slots_;
    const int64_t m_;
    std::unique_ptr<double[]> table_;  // costs of pairs a < b, one row for each a
    std::vector<double> least_;        // of each group: the least cost with a later one, or a lower bound
    std::vector<int64_t> partner_;     // that later group; `unknown` for a bound

    double* row(int64_t a) { return table_.get() + a * (2 * m_ - a - 1) / 2 - a - 1; }

    // The costs of group a and all later ones.
    void fill_row(int64_t a) {
        double* costs = row(a);
        for (int64_t s = slots_.slot[a] + 1; s < slots_.used; ++s)
            if (slots_.number[s] != unknown) costs[slots_.number[s]] = slots_.cost(slots_.slot[a], s);
        find_partner(a);
    }

    void find_partner(int64_t a) {
        const double* costs = row(a);
        least_[a] = infinite;
        for (int64_t s = slots_.slot[a] + 1; s < slots_.used; ++s) {
            const int64_t b = slots_.number[s];
            if (b == unknown || !(costs[b] < least_[a])) continue;
            least_[a] = costs[b];
            partner_[a] = b;
        }
    }

    // The first group of the pair that costs least.
    int64_t cheapest() {
        for (;;) {
            int64_t best = unknown;
            double least = infinite;
            for (int64_t s = 0; s < slots_.used; ++s) {
                const int64_t a = slots_.number[s];
                if (a == unknown || !(least_[a] < least)) continue;
                least = least_[a];
                best = a;
            }
            if (partner_[best] != unknown) return best;
            find_partner(best);
        }
    }

    // After b has joined a.
    void update(int64_t a, int64_t b) {
        const int64_t merged_slot = slots_.slot[a];
        slots_.merge_all_with(merged_slot, 0);
        for (int64_t s = 0; s < slots_.used; ++s) {
            const int64_t other = slots_.number[s];
            if (other == unknown) continue;
            if (other > b) break;
            if (partner_[other] == a || partner_[other] == b) partner_[other] = unknown;
            if (other >= a) continue;
            const double cost = row(other)[a] = slots_.cost(merged_slot, s);
            if (cost < least_[other] || (cost == least_[other] && a < partner_[other])) {
                least_[other] = cost;
                partner_[other] = a;
            }
        }
        fill_row(a);
    }

  public:
    Agglomeration(const Merger& merger, const double* y, const double* mass, int64_t m, int64_t d, double offset)
        : slots_(merger, y, mass, m, d, offset), m_(m), table_(new double[m * (m - 1) / 2]), least_(m),
          partner_(m, unknown) {
        for (int64_t a = 0; a < m; ++a) {
            slots_.merge_all_with(a, a + 1);
            fill_row(a);
        }
    }

    void run(int64_t* merges) {
        for (int64_t step = 0; step < m_ - 1; ++step) {
            const int64_t a = cheapest(), b = partner_[a];
            *merges++ = a;
            *merges++ = b;
            slots_.join(a, b);
            update(a, b);
        }
    }
};

}  // namespace

void agglomerate(const Merger& merger, const double* y, const double* mass, int64_t m, int64_t d, double offset,
                 int64_t* merges) {
    Agglomeration(merger, y, mass, m, d, offset).run(merges);
}

}  // namespace drumlin
