// Package explain says which functions a change of cost comes from. It compares
// the profiles of base and head, and is pure: it decides nothing, which is for
// package gate, and the same profiles give the same [Diff].
//
// The unit of replication is the session, as in package gate. What a function
// costs is the mean over the sessions of an arm, and its change stands beside
// the standard error of the difference of the two means (Welch 1947):
// sqrt(s²base/n + s²head/m), where s²/n is no less than the number of samples
// alone gives (Poisson): sessions may agree by chance on a function that each saw
// once. With [MinSessions] per arm, functions whose change is within two of them
// are left out, because profiles are samples and every function changes a little
// from one session to the next. About one function in twenty that did not change,
// with few sessions one in ten, still passes: it is the large changes that
// explain.
//
// There are two views. In [Diff.Own], all that a stack costs counts for its
// innermost function that is KRO's own, so that what a library or the runtime
// costs stands where it was caused. In [Diff.Flat], it counts for the innermost
// function of all. Closures, instances of generic functions and inlined calls
// count for the function that the source has them in.
package explain
