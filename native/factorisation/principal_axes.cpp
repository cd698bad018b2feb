// The plane rotations of both functions.
#include "factorisation/principal_axes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace drumlin {
namespace {

constexpr double rounding = std::numeric_limits<double>::epsilon() / 2;

struct Rotation {
    double cosine, sine;

    // (first, second) = (c first + s second, c second - s first), entry by entry.
    void apply(double* first, double* second, int64_t count, int64_t step = 1) const {
        for (int64_t i = 0; i < count * step; i += step) {
            const double a = first[i], b = second[i];
            first[i] = cosine * a + sine * b;
            second[i] = cosine * b - sine * a;
        }
    }
};

// Diagonalises `matrix` (d, d) in place; the rows of `axes` become its eigenvectors.
void diagonalise(double* matrix, double* axes, int64_t d) {
    for (int64_t i = 0; i < d * d; ++i) axes[i] = i % (d + 1) == 0 ? 1.0 : 0.0;
    for (int sweep = 0; sweep < 20; ++sweep) {
        bool still = true;
        for (int64_t a = 0; a < d; ++a)
            for (int64_t b = a + 1; b < d; ++b) {
                const double first = matrix[a * d + a], second = matrix[b * d + b], product = matrix[a * d + b];
                if (std::fabs(product) <= rounding * std::sqrt(std::fabs(first)) * std::sqrt(std::fabs(second)))
                    continue;
                still = false;
                const double half = (first - second) / (2.0 * product);
                const double tangent = std::copysign(1.0, half) / (std::fabs(half) + std::sqrt(1.0 + half * half));
                const double cosine = 1.0 / std::sqrt(1.0 + tangent * tangent);
                const Rotation rotation{cosine, cosine * tangent};
                rotation.apply(matrix + a * d, matrix + b * d, d);
                rotation.apply(matrix + a, matrix + b, d, d);
                rotation.apply(axes + a * d, axes + b * d, d);
                matrix[a * d + a] = first + tangent * product;
                matrix[b * d + b] = second - tangent * product;
                matrix[a * d + b] = matrix[b * d + a] = 0.0;
            }
        if (still) return;
    }
}

// The matrices D^T C_j D: entry (a, b) of all components side by side. Equal volumes weight each component by the
// volume of its diagonal in the objective.
class RotatedCovariances {
    int64_t k_, d_;
    bool equal_volume_;
    const double* shares_;
    std::vector<double> entries_, volumes_, products_;

    double* row(int64_t a, int64_t b) { return entries_.data() + (a * d_ + b) * k_; }

  public:
    RotatedCovariances(const Matrices& covariances, const double* shares, const double* axes, bool equal_volume)
        : k_(covariances.k), d_(covariances.d), equal_volume_(equal_volume), shares_(shares),
          entries_(static_cast<size_t>(k_ * d_ * d_)), volumes_(static_cast<size_t>(k_), 1.0),
          products_(static_cast<size_t>(k_)) {
        std::vector<double> half(static_cast<size_t>(d_));
        for (int64_t j = 0; j < k_; ++j)
            for (int64_t a = 0; a < d_; ++a) {  // axes are rows here
                for (int64_t i = 0; i < d_; ++i) {
                    const double* line = covariances[j] + i * d_;
                    half[static_cast<size_t>(i)] = std::inner_product(line, line + d_, axes + a * d_, 0.0);
                }
                for (int64_t b = 0; b < d_; ++b)
                    row(a, b)[j] = std::inner_product(half.begin(), half.end(), axes + b * d_, 0.0);
            }
        if (equal_volume_) update_volumes();
    }

    double variance(int64_t j, int64_t a) { return row(a, a)[j]; }

    void update_volumes() {
        for (int64_t j = 0; j < k_; ++j) {
            double sum = 0.0;
            for (int64_t a = 0; a < d_; ++a) sum += std::log(row(a, a)[j]);
            volumes_[static_cast<size_t>(j)] = std::exp(sum / static_cast<double>(d_));
        }
    }

    // Rotates the plane of two axes by the best angle while the variances in the weights are fixed; returns the gain.
    double rotate(int64_t a, int64_t b, double* axes) {
        const double *first = row(a, a), *second = row(b, b), *product = row(a, b);
        double straight = 0.0, across = 0.0, size = 0.0, total = 0.0;
        for (int64_t j = 0; j < k_; ++j) {
            const double weight = shares_[j] * volumes_[static_cast<size_t>(j)];
            const double pull = weight * (second[j] - first[j]) / (first[j] * second[j]);
            total += weight;
            straight -= 0.5 * pull * (first[j] - second[j]);
            across -= pull * product[j];
            size += std::fabs(pull * product[j]);
        }
        if (!(std::fabs(across) > 1e-15 * size)) return 0.0;
        const double length = std::sqrt(straight * straight + across * across);
        const double cosine = std::sqrt(0.5 * (1.0 + straight / length));
        const Rotation rotation{cosine, 0.5 * across / (length * cosine)};
        if (equal_volume_)
            for (int64_t j = 0; j < k_; ++j) products_[static_cast<size_t>(j)] = first[j] * second[j];
        for (int64_t i = 0; i < d_; ++i) rotation.apply(row(i, a), row(i, b), k_);
        rotation.apply(row(a, 0), row(b, 0), d_ * k_);
        rotation.apply(axes + a * d_, axes + b * d_, d_);
        if (equal_volume_)
            for (int64_t j = 0; j < k_; ++j)
                volumes_[static_cast<size_t>(j)] *=
                    std::pow(first[j] * second[j] / products_[static_cast<size_t>(j)], 1.0 / static_cast<double>(d_));
        return across * across / (straight + length) / total;
    }
};

// Removes accumulated rounding from orthonormal rows R: R <- (3 R - R R^T R) / 2.
void orthonormalise(std::vector<double>& rows, int64_t d) {
    const std::vector<double> old = rows;
    const double* r = old.data();
    for (int64_t a = 0; a < d; ++a)
        for (int64_t b = 0; b < d; ++b) {
            const double product = 0.5 * std::inner_product(r + a * d, r + (a + 1) * d, r + b * d, 0.0);
            const double factor = a == b ? product - 0.5 : product;
            for (int64_t i = 0; i < d; ++i) rows[static_cast<size_t>(a * d + i)] -= factor * r[b * d + i];
        }
}

}  // namespace

void principal_axes(const Matrices& covariances, double* variances, double* axes) {
    const int64_t d = covariances.d;
    std::vector<double> matrix(static_cast<size_t>(d * d)), rows(static_cast<size_t>(d * d));
    std::vector<int64_t> order(static_cast<size_t>(d));
    for (int64_t j = 0; j < covariances.k; ++j, variances += d, axes += d * d) {
        std::copy_n(covariances[j], d * d, matrix.begin());
        diagonalise(matrix.data(), rows.data(), d);
        const auto variance = [&](int64_t a) { return matrix[static_cast<size_t>(a * (d + 1))]; };
        std::iota(order.begin(), order.end(), 0);
        std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return variance(a) < variance(b); });
        for (int64_t a = 0; a < d; ++a) {
            const int64_t from = order[static_cast<size_t>(a)];
            variances[a] = variance(from);
            for (int64_t i = 0; i < d; ++i) axes[i * d + a] = rows[static_cast<size_t>(from * d + i)];
        }
    }
}

void common_axes(const Matrices& covariances, const double* shares, bool equal_volume, int sweeps, double gain,
                 double* axes, double* variances) {
    const int64_t k = covariances.k, d = covariances.d;
    std::vector<double> rows(static_cast<size_t>(d * d));
    for (int64_t i = 0; i < d * d; ++i) rows[static_cast<size_t>(i)] = axes[(i % d) * d + i / d];
    orthonormalise(rows, d);
    RotatedCovariances rotated(covariances, shares, rows.data(), equal_volume);
    for (int sweep = 0; sweep < sweeps; ++sweep) {
        double gained = 0.0;
        for (int64_t a = 0; a < d; ++a)
            for (int64_t b = a + 1; b < d; ++b) gained += rotated.rotate(a, b, rows.data());
        if (!(gained >= gain)) break;
        if (equal_volume) rotated.update_volumes();
    }
    for (int64_t j = 0; j < k; ++j)
        for (int64_t a = 0; a < d; ++a) variances[j * d + a] = rotated.variance(j, a);
    for (int64_t i = 0; i < d * d; ++i) axes[i] = rows[static_cast<size_t>((i % d) * d + i / d)];
}

}  // namespace drumlin
