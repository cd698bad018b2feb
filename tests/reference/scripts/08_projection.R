# Dimension reduction: MclustDR with both kernels, at stored parameters. Needs mclust only; run from
# this folder, the JSON goes to standard output.
suppressMessages(library(mclust))
json <- function(v) {
  if (is.character(v)) return(dQuote(v, FALSE))
  if (is.list(v) && !is.null(names(v))) return(paste0("{", paste0(dQuote(names(v), FALSE), ": ", sapply(v, json), collapse=", "), "}"))
  if (is.list(v)) return(paste0("[", paste(sapply(v, json), collapse=",\n"), "]"))
  if (is.matrix(v)) return(paste0("[", paste(apply(v, 1, json), collapse=", "), "]"))
  paste0("[", paste(sprintf("%.17g", v), collapse=", "), "]")
}
data(banknote); DATA <- list(iris=as.matrix(iris[,1:4]), banknote=as.matrix(banknote[,-1])); OUT <- list()
for (cf in list(list("iris","VEV",2L), list("iris","VVV",3L), list("iris","EEE",3L), list("banknote","VVV",3L))) {
  X <- DATA[[cf[[1]]]]; M <- Mclust(X, G=cf[[3]], modelNames=cf[[2]], verbose=FALSE); P <- M$parameters; R <- list()
  for (l in c(0.5, 1)) { D <- MclustDR(M, lambda=l)
    R[[length(R)+1]] <- list(lambda=l, numdir=D$numdir, evalues=D$evalues, basis=unname(D$basis), dir_first5=unname(D$dir[1:5,,drop=FALSE])) }
  OUT[[length(OUT)+1]] <- list(dataset=cf[[1]], model=cf[[2]], pro=P$pro, mean=unname(t(P$mean)),
    covariances=lapply(seq_len(M$G), function(k) unname(P$variance$sigma[,,k])), results=R)
  message(cf[[1]], " ", cf[[2]], " ", cf[[3]], " evalues ", paste(signif(R[[1]]$evalues,4), collapse=" "), " | ", paste(signif(R[[2]]$evalues,4), collapse=" "), " numdir ", R[[1]]$numdir, " ", R[[2]]$numdir)
}
cat(json(list(versions=list(R=R.version.string, mclust=as.character(packageVersion("mclust"))), cases=OUT)), "\n")
