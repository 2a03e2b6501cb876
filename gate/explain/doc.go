// Package explain finds the functions that a change of cost comes from. It
// compares the pprof profiles of base and head. It is pure: the same profiles give
// the same [Diff]. It decides nothing, which is the job of package gate.
//
// As in package gate, the unit of replication is the session. The cost of a
// function is the mean over the sessions of an arm. Its change has a standard
// error, that of the difference of the two means (Welch 1947):
// sqrt(s²base/n + s²head/m). Here s²/n is at least the variance that follows from
// the number of samples (Poisson), because sessions may agree by chance on a
// function that each of them saw once.
//
// Profiles are samples, so every function changes a little from one session to the
// next. With at least [MinSessions] per arm, functions with a change within two
// standard errors are left out. About one in twenty of the functions that did not
// change still passes, and one in ten with few sessions. The large changes are the
// ones that explain a regression.
//
// There are two views. [Diff.Own] attributes the cost of a stack to its innermost
// function that is KRO's own, so that the cost of libraries and the runtime shows
// where it was caused. [Diff.Flat] attributes it to the innermost function. Both
// attribute closures, instances of generic functions and inlined calls to the
// function that contains them in the source.
package explain
