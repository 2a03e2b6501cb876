// Package baseline keeps records of the default branch, to compare with later.
//
// A store is a directory with one file per run, so that concurrent updates
// never touch the same file and a merge of two stores never conflicts:
//
//	runs/<environment>/<name>.jsonl
//
// The environment is [Key], which holds apart what cannot be compared. The name
// is the head build's identity: a commit, a version or the digest of its
// binary. Files hold records as package bench encodes them, head sessions only.
// Nothing is derived and stored: lists are computed when they are read.
//
// The package keeps records and finds them; what they prove is for package gate
// to say.
package baseline
