// Package report turns a verdict, the record behind it and what its profiles
// say into what people and programs read: terminal text, Markdown, one
// self-contained HTML file, SVG charts and JSON.
//
// Every output is a pure function of these: it decides nothing, reads no
// clock and prints no figure that was not measured; what is missing is "–".
// Text, Markdown and HTML are renderings of one model, so that they cannot
// disagree. Names and messages come from outside and are escaped for the
// format they end up in.
//
// [HistoryPages] is the same for the records of a store: pages with the course of
// every metric over commits, and where package gate finds that it changed.
//
// A new format is one function and one line in the table of [Formats].
package report
