// Runs the compiled core on fixed numbers and prints its sums, one line per case: the name of the case, the tolerance
// at which two machines should agree relative to the largest number of the line, and the numbers. tools/portable.py
// builds this program for several processors and compares the lines.
#include "driver/agglomerate.hpp"
#include "driver/driver.hpp"
#include "factorisation/cholesky.hpp"
#include "factorisation/principal_axes.hpp"
#include "factorisation/proportional.hpp"

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace {

using namespace drumlin;
using Numbers = std::vector<double>;

// Knuth's MMIX generator. Only integers and powers of two: every machine makes the same numbers.
class Generator {
    uint64_t state_ = 1;

  public:
    // In [-1, 1), more often near 0.
    double next() {
        int64_t sum = 0;
        for (int i = 0; i < 4; ++i) {
            state_ = state_ * 6364136223846793005u + 1442695040888963407u;
            sum += static_cast<int64_t>(state_ >> 44) - (int64_t{1} << 19);
        }
        return static_cast<double>(sum) * 0x1p-21;
    }
    Numbers next(int64_t count) {
        Numbers numbers(static_cast<size_t>(count));
        for (double& number : numbers) number = next();
        return numbers;
    }
};

void print(const std::string& name, double tolerance, const Numbers& numbers) {
    std::printf("%s %g", name.c_str(), tolerance);
    for (const double number : numbers) std::printf(" %.17g", number);
    std::printf("\n");
}

void append(Numbers& to, const Numbers& from) { to.insert(to.end(), from.begin(), from.end()); }

struct Shape {
    int64_t n, d, k;
    bool shared, triangular;
    std::string name() const {
        return "d=" + std::to_string(d) + ",k=" + std::to_string(k) + (shared ? ",shared" : "") +
               (triangular ? ",triangular" : ",diagonal");
    }
};

template <class T> void check_passes(const std::string& set, const Pass& pass, const Shape& shape, Generator numbers) {
    const auto [n, d, k, shared, triangular] = shape;
    const int64_t distinct = shared ? 1 : k;
    const Numbers means = numbers.next(k * d), constants = numbers.next(k);
    Numbers whitening = numbers.next(distinct * (triangular ? d * d : d));
    for (int64_t i = 0; i < distinct * d; ++i) whitening[static_cast<size_t>(triangular ? i * d + i % d : i)] += 2.0;
    const Density density{k, d, means.data(), whitening.data(), constants.data(), shared, triangular};

    std::vector<T> x(static_cast<size_t>(n * d));
    for (T& entry : x) entry = static_cast<T>(4.0 * numbers.next());
    Numbers weight = numbers.next(n);
    for (double& w : weight) w = w < 0 ? 0.0 : w;
    std::vector<int64_t> labels(static_cast<size_t>(n), -1);
    for (int64_t i = 0; i < n; i += 7) labels[static_cast<size_t>(i)] = i % k;
    const auto size = static_cast<int64_t>(sizeof(T));
    const MatrixView view{reinterpret_cast<const char*>(x.data()), n, d, d * size, size};
    const Rows rows{view, weight.data(), labels.data()};

    const double tolerance = sizeof(T) == 8 ? 1e-12 : 1e-5;
    const std::string name = set + (sizeof(T) == 8 ? ",float64," : ",float32,") + shape.name();
    std::vector<int32_t> order(static_cast<size_t>(n));
    std::vector<int64_t> edges(static_cast<size_t>(k + 1));
    order_rows(pass, view, density, order.data(), edges.data(), 2);
    for (const Form form : {Form::full, Form::diagonal, Form::means})
        for (const bool ordered : {false, true}) {
            Numbers mass(static_cast<size_t>(k)), shift(static_cast<size_t>(k * d));
            Numbers scatter(static_cast<size_t>(form == Form::full ? k * d * d : form == Form::diagonal ? k * d : 0));
            Moments moments{0, 0, 0, mass.data(), shift.data(), scatter.data(), form};
            if (ordered)
                expect_ordered(pass, rows, {order.data(), edges.data()}, density, moments, 2);
            else
                expect(pass, rows, density, moments, 2);
            const std::string which = name + (ordered ? ",ordered," : ",") + std::to_string(static_cast<int>(form));
            print(which + ",log_likelihood", tolerance, {moments.log_likelihood, moments.count});
            append(mass, shift);
            append(mass, scatter);
            print(which + ",moments", tolerance, mass);
        }
    std::vector<T> log_density(static_cast<size_t>(n));
    evaluate(pass, view, density, Output::log_density, log_density.data(), 2);
    print(name + ",log_density", tolerance, Numbers(log_density.begin(), log_density.begin() + 20));
}

void check_sample(const std::string& set, const Sampler& sampler, Generator numbers) {
    constexpr int64_t n = 40, d = 7, k = 3;
    const Numbers cumulative{0.25, 0.625}, means = numbers.next(k * d), colouring = numbers.next(k * d * d);
    Numbers x(n * d);
    std::vector<int64_t> labels(n);
    sample(sampler, {k, d, cumulative.data(), means.data(), colouring.data(), false, true, 42}, n, x.data(),
           labels.data(), 2);
    print(set + ",sample,labels", 0.0, Numbers(labels.begin(), labels.end()));
    print(set + ",sample,x", 1e-12, x);
}

void check_merges(const std::string& set, const Merger& merger, Generator numbers) {
    constexpr int64_t m = 60, d = 3;
    const Numbers y = numbers.next(m * d), mass(m, 1.0);
    std::vector<int64_t> merges(2 * (m - 1));
    agglomerate(merger, y.data(), mass.data(), m, d, 0.25, merges.data());
    print(set + ",merges", 0.0, Numbers(merges.begin(), merges.end()));
}

void check_factorisation(Generator numbers) {
    constexpr int64_t k = 3, d = 5;
    const Numbers roots = numbers.next(k * d * d), floor(d * d), shares{0.5, 0.25, 0.25};
    Numbers covariances(k * d * d), lower(k * d * d), inverse(k * d * d), logs(k), variances(k * d), axes(k * d * d);
    for (int64_t j = 0; j < k; ++j)
        for (int64_t i = 0; i < d; ++i)
            for (int64_t l = 0; l < d; ++l) {
                double sum = i == l ? 1.0 : 0.0;
                for (int64_t c = 0; c < d; ++c)
                    sum += roots[static_cast<size_t>((j * d + i) * d + c)] *
                           roots[static_cast<size_t>((j * d + l) * d + c)];
                covariances[static_cast<size_t>((j * d + i) * d + l)] = sum;
            }
    const Matrices given{covariances.data(), k, d};
    if (!factors_above(given, floor.data(), lower.data())) std::printf("no factors\n");
    inverse_lower({lower.data(), k, d}, inverse.data());
    log_determinants({lower.data(), k, d}, logs.data());
    print("cholesky", 1e-12, lower);
    print("inverse", 1e-12, inverse);
    print("log_determinants", 1e-12, logs);
    principal_axes(given, variances.data(), axes.data());
    print("principal_variances", 1e-12, variances);
    Numbers volumes(k, 1.0), matrix(d * d), common(d * d);
    if (!equal_matrix(given, shares.data(), volumes.data(), {500, 1e-14}, matrix.data())) std::printf("no matrix\n");
    print("equal_matrix", 1e-12, matrix);
    for (int64_t i = 0; i < d; ++i) common[static_cast<size_t>(i * d + i)] = 1.0;
    common_axes(given, shares.data(), false, 50, 1e-18, common.data(), variances.data());
    print("common_variances", 1e-10, variances);
}

}  // namespace

int main() {
    const Generator numbers;
    for (const InstructionSet* set : instruction_sets()) {
        for (const int64_t d : {1, 2, 4, 5, 8, 17})
            for (const bool shared : {false, true})
                for (const bool triangular : {false, true}) {
                    if (d == 1 && triangular) continue;
                    const Shape shape{1501, d, 3, shared, triangular};
                    check_passes<double>(set->name, set->float64, shape, numbers);
                    check_passes<float>(set->name, set->float32, shape, numbers);
                }
        check_sample(set->name, *set->sampler, numbers);
        check_merges(set->name, *set->merger, numbers);
    }
    check_factorisation(numbers);
}
