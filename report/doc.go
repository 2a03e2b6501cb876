// Package report renders a verdict, its record and its pprof profiles for
// people and programs: as terminal text, Markdown, one self-contained HTML
// file, SVG charts and JSON.
//
// Every output is a pure function of the [Input]. The package decides nothing
// and reads no clock. It prints only figures that were measured, and "–" where
// one is missing. Text, Markdown and HTML render the same model, so they cannot
// disagree. Names and messages are untrusted and are escaped for each format.
//
// [HistoryPages] renders the records of a store: one page per environment, with
// every metric over the commits and the changes of level that package gate finds.
//
// To add a format, write one function and add one line to the table of [Formats].
package report
