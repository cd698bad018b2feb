# mclust's em() from a given start: mclust.R FOLDER N D K FAMILY PASSES TIMES
# FOLDER holds x, weights, means, covariances as raw doubles, row by row. Prints JSON.
suppressPackageStartupMessages(library(mclust))
argument <- commandArgs(trailingOnly = TRUE)
n <- as.integer(argument[2]); d <- as.integer(argument[3]); k <- as.integer(argument[4])
load <- function(name, count) readBin(file.path(argument[1], name), "double", count)
resident <- function(name) {
  line <- grep(paste0("^", name, ":"), readLines("/proc/self/status"), value = TRUE)
  1024 * as.numeric(gsub("[^0-9]", "", line))
}
x <- matrix(load("x", n * d), n, d, byrow = TRUE)
means <- matrix(load("means", k * d), d, k)
covariances <- function(count) load("covariances", count)
variance <- switch(argument[5],
  full = list(modelName = "VVV", d = d, G = k, sigma = array(covariances(k * d * d), c(d, d, k))),
  tied = list(modelName = "EEE", d = d, G = k, Sigma = matrix(covariances(d * d), d, d)),
  diag = list(modelName = "VVI", d = d, G = k),
  spherical = list(modelName = "VII", d = d, G = k, sigmasq = covariances(k), scale = covariances(k)))
if (argument[5] == "full")
  variance$cholsigma <- array(apply(variance$sigma, 3, chol), c(d, d, k))
if (argument[5] == "tied") variance$cholSigma <- chol(variance$Sigma)
if (argument[5] == "diag") {
  rows <- matrix(covariances(k * d), d, k)
  variance$scale <- apply(rows, 2, function(v) exp(mean(log(v))))
  variance$shape <- sweep(rows, 2, variance$scale, "/")
}
if (d == 1) {
  variance <- if (argument[5] == "tied") list(modelName = "E", d = 1, G = k, sigmasq = covariances(1))
    else list(modelName = "V", d = 1, G = k, sigmasq = covariances(k), scale = covariances(k))
  x <- as.vector(x)
}
start <- list(pro = load("weights", k), mean = means, variance = variance)
passes <- function(count) {
  control <- emControl(tol = c(0, 0), itmax = c(count, count))
  begin <- Sys.time()
  done <- em(modelName = variance$modelName, data = x, parameters = start, control = control)
  list(seconds = as.numeric(Sys.time() - begin, units = "secs"), log_likelihood = done$loglik)
}
count <- as.integer(argument[6])
more <- if (n > 10000) 1 else count
before <- resident("VmRSS")
one <- min(replicate(3, passes(1)$seconds))
runs <- lapply(seq_len(as.integer(argument[7])), function(i) passes(more + 1))
seconds <- sapply(runs, function(run) (run$seconds - one) / more)
cat(sprintf('{"seconds": [%s], "log_likelihood": %.17g, "memory": %.0f, "version": "%s"}\n',
  paste(seconds, collapse = ", "), passes(count)$log_likelihood, resident("VmHWM") - before,
  packageVersion("mclust")))
