// The loops of simd/rates.hpp, timed on several threads.
#include "driver/driver.hpp"
#include "driver/parallel.hpp"

#include <algorithm>
#include <chrono>

namespace drumlin {
namespace {

// The sum over threads of a rate per second. make() gives each thread a function, which is called repeatedly and
// returns the amount of work that it did.
template <class Make> double rate_of(int n_threads, double seconds, Make make) {
    using Clock = std::chrono::steady_clock;
    std::mutex mutex;
    double rate = 0;
    run(n_threads, [&] {
        auto work = make();
        double sink = 0, done = 0, elapsed = 0;
        work(&sink);
        const auto start = Clock::now();
        do {
            done += work(&sink);
            elapsed = std::chrono::duration<double>(Clock::now() - start).count();
        } while (elapsed < seconds);
        const std::lock_guard<std::mutex> lock(mutex);
        rate += done / elapsed + 0 * sink;
    });
    return rate;
}

constexpr int64_t block = 512;  // bytes; the loops take whole blocks

}  // namespace

void exponentials(const Pass& pass, const void* x, int64_t n, int64_t size, void* out) {
    const auto* from = static_cast<const char*>(x);
    auto* to = static_cast<char*>(out);
    char padded[2 * block];
    for (int64_t done = 0; done < n * size; done += block) {
        const auto bytes = static_cast<size_t>(std::min(block, n * size - done));
        std::memset(padded, 0, block);
        std::memcpy(padded, from + done, bytes);
        pass.exponentials(padded, block / size, padded + block);
        std::memcpy(to + done, padded + block, bytes);
    }
}

double multiply_add_rate(const Pass& pass, int n_threads, double seconds) {
    return rate_of(n_threads, seconds,
                   [&] { return [&](double* sink) { return 2 * pass.multiply_adds(100000, sink); }; });
}

double exponential_rate(const Pass& pass, int n_threads, double seconds) {
    return rate_of(n_threads, seconds, [&] {
        return [&, x = std::vector<double>(block), e = std::vector<double>(block)](double*) mutable {
            constexpr int times = 1000;
            for (int i = 0; i < times; ++i) pass.exponentials(x.data(), block, e.data());
            return static_cast<double>(times * block);
        };
    });
}

double read_rate(const Pass& pass, int64_t bytes, int n_threads, double seconds) {
    const int64_t share = (bytes / n_threads + block - 1) / block * block;
    return rate_of(n_threads, seconds, [&] {
        auto memory = std::make_shared<Aligned>(static_cast<size_t>(share));
        std::memset(memory->get(), 0, static_cast<size_t>(share));
        return [&, memory](double* sink) {
            pass.read_all(memory->get(), share, sink);
            return static_cast<double>(share);
        };
    });
}

}  // namespace drumlin
