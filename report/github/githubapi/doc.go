// Package githubapi makes requests to GitHub and tells of their failures.
//
// [Transport] repeats requests where that is safe, and waits out GitHub's rate
// limits for some minutes: nothing above it does so again. [Explain]
// tells apart a token that is not valid, one that lacks a permission, which it
// names, a thing that is not there, a rate limit, and GitHub being down; see
// [Error].
package githubapi
