# EM with equal proportions (emControl(equalPro = TRUE)) from the labels of fixed_start: the log-likelihood of
# ten iterations and of the limit, G = 2, 3. VVI VEE EVE VVE EVV are left out: with equalPro mclust 6.0.0 returns values
# there that are no log-likelihood of the data (faithful, VVI: +188, where the exact value is -1159). Needs mclust alone. Run here: Rscript 20_equal_proportions.R
suppressMessages(library(mclust))
mclust.options(warn = FALSE)
labels_of <- function(text, g) {
  found <- regmatches(text, regexpr(sprintf('"labels":.*?"%d":\\[[0-9,]+\\]', g), text, perl = TRUE))
  as.integer(strsplit(gsub(".*\\[|\\]", "", found), ",")[[1]])
}
run <- function(X, m, z, it, tol) me(data = X, modelName = m, z = z, control = emControl(
  tol = c(tol, 1e-15), itmax = c(it, 1e5), equalPro = TRUE))$loglik
number <- function(x) ifelse(is.finite(x), sprintf("%.17g", x), "null")
for (file in c("faithful.hc", "iris.hc", "galaxies.quantile")) {
  text <- paste(readLines(sprintf("../fixed_start/%s.json", file), warn = FALSE), collapse = "")
  name <- sub("\\..*", "", file)
  X <- as.matrix(read.csv(sprintf("../data/%s.csv", name)))[, seq_len(c(faithful = 2, iris = 4, galaxies = 1)[name])]
  mode(X) <- "numeric"
  if (name == "galaxies") X <- X / 1000
  models <- if (name == "galaxies") c("E", "V") else c("EII", "VII", "EEI", "VEI", "EVI", "EEE", "EEV", "VEV", "VVV")
  cells <- c()
  for (g in 2:3) for (m in models) {
    z <- unmap(labels_of(text, g), groups = 1:g)
    trace <- sapply(1:10, function(it) run(X, m, z, it, 0))
    cells <- c(cells, sprintf('"%s_%d": {"trace": [%s], "limit": %s}', m, g,
      paste(number(trace), collapse = ", "), number(run(X, m, z, 20000, 1e-15))))
  }
  writeLines(sprintf('{"dataset": "%s", "start": "%s", "mclust": "%s", "results": {\n%s\n}}', name, file,
    packageVersion("mclust"), paste(cells, collapse = ",\n")), sprintf("../equal_proportions/%s.json", file))
}
