package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName limits the length of a name in a report. The record and the verdict
// have the full name.
const maxName = 240

// plain replaces invisible characters with spaces. Newlines would end a table,
// control characters could control a terminal, and marks that change the reading
// direction could hide the meaning of a line.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// shorten cuts the middle out of text that is longer than n characters.
func shorten(s string, n int) string {
	s = plain(s)
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	tail := n / 2
	return string(runes[:n-tail-1]) + "…" + string(runes[len(runes)-tail:])
}

// Prose escapes text for Markdown. It renders as written, mentions nobody and
// links to nothing.
func Prose(s string) string {
	var b strings.Builder
	s = plain(s)
	for i, r := range s {
		switch {
		case strings.ContainsRune("\\`*_[]<>|~&#$!", r):
			b.WriteByte('\\')
			b.WriteRune(r)
			if r == '#' {
				b.WriteRune('\u200b')
			}
		case r == '@' || r == ':' && strings.HasPrefix(s[i:], "://"):
			// GitHub looks for mentions and URLs after it has rendered Markdown.
			// A zero-width space keeps it from finding one.
			b.WriteRune(r)
			b.WriteRune('\u200b')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// code returns a name as a Markdown code span, which neither mentions nor links.
// The fence is longer than any run of backticks inside.
func code(s string) string {
	s = shorten(s, maxName)
	if s == "" {
		return missing
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// codeCell returns code for a table, in which a pipe ends a cell even in code.
func codeCell(s string) string { return strings.ReplaceAll(code(s), "|", `\|`) }

func longestRun(s string, of rune) int {
	longest, run := 0, 0
	for _, r := range s {
		if r == of {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}
