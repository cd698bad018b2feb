// Armadillo's gmm_full and gmm_diag from a given start: armadillo FOLDER N D K full|diag PASSES TOL SECONDS
// FOLDER holds x, weights, means, covariances as raw doubles, row by row. Prints JSON: seconds since the
// begin and log-likelihood at the end of each pass, and the growth of the resident size in bytes.
// Ends after PASSES, after a gain below TOL nats per row, or after SECONDS, whichever is first.
#include <armadillo>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

double resident(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(name + ":", 0) == 0) return 1024.0 * std::atof(line.c_str() + name.size() + 1);
  return 0.0;
}

// Takes what Armadillo prints, notes the time of each iteration, and ends the program.
class Iterations : public std::streambuf {
 public:
  Iterations(double rows, double tol, double limit) : rows_(rows), tol_(tol), limit_(limit) {}

  void begin() {
    before_ = resident("VmRSS");
    start_ = std::chrono::steady_clock::now();
  }

  [[noreturn]] void end(bool finished) const {
    std::printf("{\"seconds\": [");
    for (size_t i = 0; i < seconds_.size(); ++i) std::printf("%s%.9g", i ? ", " : "", seconds_[i]);
    std::printf("], \"log_likelihoods\": [");
    for (size_t i = 0; i < means_.size(); ++i)
      std::printf("%s%.17g", i ? ", " : "", means_[i] * rows_);
    std::printf("], \"finished\": %s, \"memory\": %.0f}\n", finished ? "true" : "false",
                resident("VmHWM") - before_);
    std::fflush(stdout);
    std::_Exit(0);
  }

 protected:
  int_type overflow(int_type letter) override {
    if (letter != '\n') {
      line_ += static_cast<char>(letter);
      return letter;
    }
    const std::string key = "avg_log_p:";
    const size_t place = line_.find(key);
    if (place != std::string::npos) note(std::atof(line_.c_str() + place + key.size()));
    line_.clear();
    return letter;
  }

 private:
  void note(double mean) {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
    const bool finished = !means_.empty() && mean - means_.back() < tol_;
    seconds_.push_back(passed.count());
    means_.push_back(mean);
    if (finished || passed.count() > limit_) end(finished);
  }

  double rows_, tol_, limit_, before_ = 0.0;
  std::chrono::steady_clock::time_point start_;
  std::string line_;
  std::vector<double> seconds_, means_;
};

arma::mat load(const std::string& path, arma::uword rows, arma::uword columns) {
  arma::mat values(rows, columns);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(values.memptr()), static_cast<std::streamsize>(values.n_elem * 8));
  if (!file) std::exit(3);
  return values;
}

template <class Model>
void learn(Model& model, const arma::mat& x, arma::uword k, arma::uword passes, Iterations& iterations) {
  iterations.begin();
  model.learn(x, k, arma::eucl_dist, arma::keep_existing, 0, passes, 0.0, true);
  iterations.end(false);
}

}  // namespace

int main(int, char** argument) {
  const std::string folder = std::string(argument[1]) + "/";
  const arma::uword n = std::stoul(argument[2]), d = std::stoul(argument[3]), k = std::stoul(argument[4]);
  const arma::uword passes = std::stoul(argument[6]);
  Iterations iterations(static_cast<double>(n), std::atof(argument[7]), std::atof(argument[8]));
  std::ostream stream(&iterations);
  stream.precision(17);
  arma::set_cout_stream(stream);
  const arma::mat x = load(folder + "x", d, n);
  const arma::rowvec weights = load(folder + "weights", 1, k);
  const arma::mat means = load(folder + "means", d, k);
  if (std::string(argument[5]) == "diag") {
    arma::gmm_diag model(d, k);
    model.set_params(means, load(folder + "covariances", d, k), weights);
    learn(model, x, k, passes, iterations);
  }
  arma::gmm_full model(d, k);
  const arma::mat flat = load(folder + "covariances", d * d, k);
  model.set_params(means, arma::cube(flat.memptr(), d, d, k), weights);
  learn(model, x, k, passes, iterations);
}
