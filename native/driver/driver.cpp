// The rows are cut into parts and shared out to as many threads as pay. The parts of a sum depend on the shape alone,
// so that the sum is the same for any number of threads.
#include "driver/driver.hpp"

#include "driver/parallel.hpp"

#include <atomic>

namespace drumlin {
namespace {

// The cost of a row in multiply-adds, exponentials and bookkeeping included.
double row_cost(const Density& g) {
    const double d = static_cast<double>(g.d);
    if (g.shared && g.triangular) return d * d / 2 + static_cast<double>(g.k) * (4 * d + 25);
    return static_cast<double>(g.k) * (g.triangular ? d * d + 3 * d + 25 : 6 * d + 25);
}

// A part is long enough for the cost of adding its sums to vanish, and short enough for the threads to finish together.
Partition partition(const Pass& pass, const MatrixView& x, const Density& g) {
    constexpr double part_cost = 1e6;
    const int64_t tile = pass.tile_rows(g);
    const auto wanted = static_cast<int64_t>(part_cost / row_cost(g));
    return {x.n, std::clamp<int64_t>((wanted + tile - 1) / tile, 1, 64) * tile};
}

// Longer parts than those of a plain pass: few components have rows in a part, yet the sums of all are added.
Partition ordered_partition(const Pass& pass, const MatrixView& x, const Density& g) {
    const int64_t tile = pass.tile_rows(g);
    return {x.n, std::clamp<int64_t>(x.n / (tile * 64), 4, 64) * tile};
}

// A thread costs some 20 microseconds to start and join; 2e6 multiply-adds take about 100.
int worthwhile_threads(const Partition& parts, const Density& g, int n_threads) {
    constexpr double thread_cost = 2e6;
    const double work = static_cast<double>(parts.n) * row_cost(g);
    const auto worthwhile = static_cast<int64_t>(std::min(work / thread_cost, 1e6));
    return static_cast<int>(
        std::max<int64_t>(1, std::min({static_cast<int64_t>(n_threads), parts.parts(), worthwhile})));
}

}  // namespace

std::vector<const InstructionSet*> instruction_sets() {
    std::vector<const InstructionSet*> sets{&baseline::table};
#if defined(DRUMLIN_X86)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.push_back(&avx2::table);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma"))
        sets.push_back(&avx512::table);
#endif
    return sets;
}

void expect(const Pass& pass, const Rows& rows, const Density& density, Moments& moments, int n_threads) {
    const Partition parts = partition(pass, rows.x, density);
    const int threads = worthwhile_threads(parts, density, n_threads);
    const Aligned packed(pass.packed_bytes(density));
    pass.pack(density, packed.get());
    OrderedSum sum(parts.parts(), pass.sums_length(density, packed.get(), moments.form), threads);
    run(threads, [&] {
        const Aligned workspace(pass.workspace_bytes(density));
        sum.drain([&](int64_t part, double* sums) {
            pass.expect(rows, density, packed.get(), moments.form, parts.begin(part), parts.end(part), workspace.get(),
                        sums);
        });
    });
    pass.unpack(density, packed.get(), sum.total(), moments);
}

void expect_ordered(const Pass& pass, const Rows& rows, const RowOrder& order, const Density& density, Moments& moments,
                    int n_threads) {
    const Partition parts = ordered_partition(pass, rows.x, density);
    const int threads = worthwhile_threads(parts, density, n_threads);
    const Aligned packed(pass.ordered_packed_bytes(density));
    pass.ordered_pack(density, packed.get());
    OrderedSum sum(parts.parts(), pass.sums_length(density, packed.get(), moments.form), threads);
    run(threads, [&] {
        const Aligned workspace(pass.ordered_workspace_bytes(density));
        sum.drain([&](int64_t part, double* sums) {
            pass.ordered_expect(rows, order, density, packed.get(), moments.form, parts.begin(part), parts.end(part),
                                workspace.get(), sums);
        });
    });
    pass.unpack(density, packed.get(), sum.total(), moments);
    moments.evaluated = sum.total()[2];
}

void order_rows(const Pass& pass, const MatrixView& x, const Density& density, int32_t* rows, int64_t* edges,
                int n_threads) {
    const Partition parts = partition(pass, x, density);
    const Aligned packed(pass.packed_bytes(density));
    pass.pack(density, packed.get());
    std::vector<uint16_t> labels(static_cast<size_t>(x.n));
    std::atomic<int64_t> next{0};
    run(worthwhile_threads(parts, density, n_threads), [&] {
        const Aligned workspace(pass.workspace_bytes(density));
        std::vector<int64_t> part_labels(static_cast<size_t>(parts.size));
        for (int64_t part = next++; part < parts.parts(); part = next++) {
            const int64_t begin = parts.begin(part), count = parts.end(part) - begin;
            MatrixView part_rows = x;
            part_rows.data += begin * x.row_step;
            part_rows.n = count;
            pass.evaluate(part_rows, density, packed.get(), Output::labels, 0, count, workspace.get(),
                          part_labels.data());
            for (int64_t b = 0; b < count; ++b)
                labels[static_cast<size_t>(begin + b)] = static_cast<uint16_t>(part_labels[static_cast<size_t>(b)]);
        }
    });
    std::fill_n(edges, density.k + 1, 0);
    for (const uint16_t label : labels) ++edges[label + 1];
    for (int64_t j = 0; j < density.k; ++j) edges[j + 1] += edges[j];
    std::vector<int64_t> next_place(edges, edges + density.k);
    for (int64_t i = 0; i < x.n; ++i) rows[next_place[labels[static_cast<size_t>(i)]]++] = static_cast<int32_t>(i);
}

void evaluate(const Pass& pass, const MatrixView& x, const Density& density, Output output, void* out, int n_threads) {
    const Partition parts = partition(pass, x, density);
    const Aligned packed(pass.packed_bytes(density));
    pass.pack(density, packed.get());
    std::atomic<int64_t> next{0};
    run(worthwhile_threads(parts, density, n_threads), [&] {
        const Aligned workspace(pass.workspace_bytes(density));
        for (int64_t part = next++; part < parts.parts(); part = next++)
            pass.evaluate(x, density, packed.get(), output, parts.begin(part), parts.end(part), workspace.get(), out);
    });
}

void sample(const Sampler& sampler, const Draws& draws, int64_t n, double* x, int64_t* labels, int n_threads) {
    // Some 6 nanoseconds a number on a slow set; starting and joining a thread costs some 20 microseconds.
    constexpr int64_t numbers_worth_a_thread = 16384;
    // A part fills a huge page: two threads in one page would wait for each other while the system clears it.
    constexpr int64_t part_numbers = 262144;
    const int64_t tile = sampler.tile_rows(draws.d), worthwhile = n * (draws.d + 1) / numbers_worth_a_thread;
    const auto threads = static_cast<int>(std::clamp<int64_t>(worthwhile, 1, n_threads));
    const int64_t share = std::min(part_numbers / draws.d, n / (2 * threads)) / tile;
    const Partition parts{n, std::max<int64_t>(share, 1) * tile};
    const Aligned packed(sampler.packed_bytes(draws));
    sampler.pack(draws, packed.get());
    std::atomic<int64_t> next{0};
    run(threads, [&] {
        const Aligned workspace(sampler.workspace_bytes(draws.d));
        for (int64_t part = next++; part < parts.parts(); part = next++)
            sampler.sample(draws, packed.get(), parts.begin(part), parts.end(part), workspace.get(), x, labels);
    });
}

}  // namespace drumlin
