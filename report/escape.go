package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is how much of a name a report shows; record and verdict have all.
const maxName = 240

// plain replaces what is not a visible character by spaces: newlines would end
// a table, control characters would steer a terminal, and marks that turn the
// reading direction would hide what a line says.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// shorten cuts the middle out of what is longer than n characters.
func shorten(s string, n int) string {
	s = plain(s)
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	tail := n / 2
	return string(runes[:n-tail-1]) + "…" + string(runes[len(runes)-tail:])
}

// Prose escapes text for Markdown: it renders as itself, mentions no one and
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
			// GitHub looks for mentions and addresses after Markdown is done;
			// a space of no width keeps it from finding one.
			b.WriteRune(r)
			b.WriteRune('\u200b')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// code renders a name as a Markdown code span, which neither mentions nor
// links; the fence is longer than any run of backticks inside.
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

// codeCell is code inside a table, where a pipe ends the cell even in code.
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
