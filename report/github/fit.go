package github

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Fit shortens Markdown to at most limit bytes. It returns Markdown that fits
// unchanged. Otherwise it drops lines at the end, closes the details and code
// blocks that are then still open, and adds a paragraph that lists the missing
// parts. If whole is not empty, it names the place of the full text, such as "the
// job summary", and the paragraph mentions it.
func Fit(markdown string, limit int, whole string) string {
	if len(markdown) <= limit {
		return markdown
	}
	lines := strings.SplitAfter(markdown, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	open := scan(lines)
	titles := titlesOf(lines, open)
	keep, size := 0, 0
	for keep < len(lines) && size+len(lines[keep]) <= limit {
		size += len(lines[keep])
		keep++
	}
	for ; keep > 0; keep-- {
		if !open[keep].bare {
			end := open[keep].closing() + "\n\n" + missing(titles, keep, len(lines), whole)
			if kept := strings.TrimRight(markdown[:size], "\n"); len(kept)+len(end) <= limit {
				return kept + end
			}
		}
		size -= len(lines[keep-1])
	}
	if notice := missing(titles, 0, len(lines), whole); len(notice) <= limit {
		return notice
	}
	return ""
}

// A structure describes the elements that are open after a number of lines.
type structure struct {
	fence   string // the line that closes the code block; "" outside of one
	comment bool
	details int
	// bare is set if a cut here would leave a heading, the header of a table or a
	// summary with nothing below it.
	bare bool
}

// closing returns the Markdown that closes the open elements.
func (s structure) closing() string {
	var b strings.Builder
	if s.fence != "" {
		b.WriteString("\n" + s.fence)
	}
	if s.comment {
		b.WriteString("\n-->")
	}
	for range s.details {
		b.WriteString("\n\n</details>")
	}
	return b.String()
}

var (
	fenceLine     = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})(.*)$")
	codeSpan      = regexp.MustCompile("`[^`]*`")
	headingLine   = regexp.MustCompile(`^ {0,3}#{1,6}(\s|$)`)
	delimiterLine = regexp.MustCompile(`^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$`)
	summaryTitle  = regexp.MustCompile(`<summary>(.*?)</summary>`)
)

// scan returns the structure after each number of lines, from none to all.
func scan(lines []string) []structure {
	states := make([]structure, 1, len(lines)+1)
	var s structure
	for i, line := range lines {
		line = strings.TrimRight(line, "\r\n")
		next := ""
		if i+1 < len(lines) {
			next = strings.TrimRight(lines[i+1], "\r\n")
		}
		s = s.after(line, next)
		states = append(states, s)
	}
	return states
}

// after returns the structure after one more line. Next is the line below it.
func (s structure) after(line, next string) structure {
	blank := strings.TrimSpace(line) == ""
	s.bare = blank && s.bare
	if mark := fenceLine.FindStringSubmatch(line); !s.comment && mark != nil {
		switch {
		case s.fence == "" && (mark[1][0] != '`' || !strings.Contains(mark[2], "`")):
			s.fence, s.bare = mark[1], true
			return s
		case strings.HasPrefix(mark[1], s.fence) && s.fence != "" && strings.TrimSpace(mark[2]) == "":
			s.fence = ""
			return s
		}
	}
	if s.fence != "" {
		return s
	}
	opened := s.details
	for rest := codeSpan.ReplaceAllString(line, ""); rest != ""; {
		rest = s.tag(rest)
	}
	if headingLine.MatchString(line) || s.details > opened ||
		strings.Contains(line, "|") && (delimiterLine.MatchString(line) || delimiterLine.MatchString(next) && strings.Contains(next, "|")) {
		s.bare = true
	}
	return s
}

// tag handles the first relevant tag in a line and returns the rest of the line.
func (s *structure) tag(line string) (rest string) {
	if s.comment {
		_, rest, ended := strings.Cut(line, "-->")
		s.comment = !ended
		return rest
	}
	first, length := len(line), 0
	for _, tag := range []string{"<!--", "<details", "</details>"} {
		if at := strings.Index(line, tag); at >= 0 && at < first {
			first, length = at, len(tag)
		}
	}
	switch line[first : first+length] {
	case "<!--":
		s.comment = true
	case "<details":
		s.details++
	case "</details>":
		s.details = max(s.details-1, 0)
	}
	return line[first+length:]
}

// A part is a heading or a summary, and its line, from 0.
type part struct {
	line  int
	title string
}

// titlesOf returns the parts of a document that have a short title.
func titlesOf(lines []string, open []structure) []part {
	const longest = 100
	var parts []part
	for i, line := range lines {
		if open[i].fence != "" || open[i].comment {
			continue
		}
		if title := title(line); title != "" && len(title) <= longest {
			parts = append(parts, part{i, title})
		}
	}
	return parts
}

// missing returns a paragraph on the parts that a cut after kept lines leaves out.
func missing(parts []part, kept, lines int, whole string) string {
	const most = 5
	text := fmt.Sprintf("**Shortened to GitHub's limit:** %d of %d lines are missing", lines-kept, lines)
	first, _ := slices.BinarySearchFunc(parts, kept, func(p part, line int) int { return p.line - line })
	parts = parts[first:]
	for i, p := range parts[:min(len(parts), most)] {
		text += []string{", including ", ", "}[min(i, 1)] + "“" + p.title + "”"
	}
	if len(parts) > most {
		text += fmt.Sprintf(" and %d more", len(parts)-most)
	}
	text += "."
	if whole != "" {
		text += " The full text is in " + whole + "."
	}
	return text + "\n"
}

// title returns the title of the heading or summary in a line, or "".
func title(line string) string {
	if found := summaryTitle.FindStringSubmatch(line); found != nil {
		return strings.TrimSpace(found[1])
	}
	if headingLine.MatchString(line) {
		return strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "#"))
	}
	return ""
}
