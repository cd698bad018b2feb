// Threads over a fixed partition. No thread outlives a call, so a forked child may call as its parent did.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

namespace drumlin {

// n rows in parts of `size`: a function of the shape alone, so that sums do not depend on the number of threads.
struct Partition {
    int64_t n, size;
    int64_t parts() const { return (n + size - 1) / size; }
    int64_t begin(int64_t part) const { return part * size; }
    int64_t end(int64_t part) const { return std::min(n, (part + 1) * size); }
};

// 64-byte aligned memory.
class Aligned {
    struct Free {
        void operator()(void* memory) const { ::operator delete(memory, std::align_val_t{64}); }
    };
    std::unique_ptr<void, Free> memory_;

  public:
    explicit Aligned(size_t bytes) : memory_(::operator new(bytes ? bytes : 1, std::align_val_t{64})) {}
    void* get() const { return memory_.get(); }
};

// Runs `body` on `threads` threads, the caller being one; rethrows the first exception. When the system refuses a
// thread, the others take its parts.
template <class Body> void run(int threads, Body body) {
    std::exception_ptr failure;
    std::mutex mutex;
    const auto guarded = [&] {
        try {
            body();
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex);
            if (!failure) failure = std::current_exception();
        }
    };
    std::vector<std::thread> others;
    others.reserve(static_cast<size_t>(std::max(0, threads - 1)));
    try {
        for (int t = 1; t < threads; ++t) others.emplace_back(guarded);
    } catch (...) {}
    guarded();
    for (auto& other : others) other.join();
    if (failure) std::rethrow_exception(failure);
}

// Hands out parts in order and adds their sums in the same order, each as soon as all earlier ones have been added.
// Each thread has two buffers: a thread that is too far ahead waits.
class OrderedSum {
    const int64_t parts_, length_, slots_;
    int64_t next_ = 0, added_ = 0;
    bool stopped_ = false;
    std::vector<double> buffers_, total_;
    std::vector<char> ready_;
    std::mutex mutex_;
    std::condition_variable changed_;

    double* buffer(int64_t part) { return buffers_.data() + part % slots_ * length_; }

    int64_t take() {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [&] { return stopped_ || next_ >= parts_ || next_ < added_ + slots_; });
        return stopped_ || next_ >= parts_ ? -1 : next_++;
    }
    void give(int64_t part) {
        const std::lock_guard<std::mutex> lock(mutex_);
        ready_[static_cast<size_t>(part % slots_)] = 1;
        for (; added_ < parts_ && ready_[static_cast<size_t>(added_ % slots_)]; ++added_) {
            const double* from = buffer(added_);
            for (int64_t i = 0; i < length_; ++i) total_[static_cast<size_t>(i)] += from[i];
            ready_[static_cast<size_t>(added_ % slots_)] = 0;
        }
        changed_.notify_all();
    }
    void stop() {
        const std::lock_guard<std::mutex> lock(mutex_);
        stopped_ = true;
        changed_.notify_all();
    }

  public:
    OrderedSum(int64_t parts, int64_t length, int threads)
        : parts_(parts), length_(length), slots_(std::min<int64_t>(parts, threads > 1 ? 2 * threads : 1)),
          buffers_(static_cast<size_t>(slots_ * length)), total_(static_cast<size_t>(length)),
          ready_(static_cast<size_t>(slots_)) {}

    // The loop of one thread: calls work(part, sums), with sums of zero, until no part remains.
    template <class Work> void drain(Work work) {
        try {
            for (int64_t part = take(); part >= 0; part = take()) {
                double* sums = buffer(part);
                std::fill_n(sums, length_, 0.0);
                work(part, sums);
                give(part);
            }
        } catch (...) {
            stop();
            throw;
        }
    }
    const double* total() const { return total_.data(); }
};

}  // namespace drumlin
