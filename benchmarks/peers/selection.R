# mclust's Mclust() with its defaults: selection.R FOLDER TIMES NAME...
# Writes the data of each NAME to FOLDER/NAME.csv and prints one line of JSON per NAME.
suppressPackageStartupMessages(library(mclust))
argument <- commandArgs(trailingOnly = TRUE)
load <- function(name) {
  data(list = if (startsWith(name, "GvHD")) "GvHD" else name, package = c("datasets", "mclust"))
  as.matrix(switch(name, iris = iris[, 1:4], banknote = banknote[, -1], GvHD_pos = GvHD.pos, get(name)))
}
for (name in argument[-(1:2)]) {
  x <- load(name)
  write.csv(x, file.path(argument[1], paste0(name, ".csv")), row.names = FALSE)
  seconds <- replicate(as.integer(argument[2]), {
    begin <- Sys.time()
    found <<- Mclust(x, verbose = FALSE)
    as.numeric(Sys.time() - begin, units = "secs")
  })
  cat(sprintf('{"data": "%s", "seconds": [%s], "bic": %.17g, "family": "%s", "k": %d}\n', name,
    paste(seconds, collapse = ", "), -found$bic, found$modelName, found$G))
}
