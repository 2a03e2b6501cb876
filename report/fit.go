package report

import (
	"strings"
	"unicode/utf8"
)

// cutNote says, where a report was cut, what is missing.
const cutNote = "\n> [!NOTE]\n> The report is too long to be shown in full here: the rest is in the run's own report.\n"

// Fit cuts Markdown to at most limit characters, as GitHub counts them, between
// two lines, closes what is open there, which are code fences and folded
// sections, and says so. A limit that leaves no room for that gives an empty
// text.
func Fit(markdown string, limit int) string {
	if utf8.RuneCountInString(markdown) <= limit {
		return markdown
	}
	var kept strings.Builder
	size, fence, folds := 0, false, 0
	for line := range strings.Lines(markdown) {
		inFence := fence
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			inFence = !fence
		}
		open := folds
		if !fence {
			open += strings.Count(line, "<details") - strings.Count(line, "</details>")
		}
		length := utf8.RuneCountInString(line)
		if size+length+utf8.RuneCountInString(closing(inFence, open)) > limit {
			break
		}
		kept.WriteString(line)
		size, fence, folds = size+length, inFence, open
	}
	end := closing(fence, folds)
	if size+utf8.RuneCountInString(end) > limit {
		return ""
	}
	return kept.String() + end
}

// closing ends an open code fence and open folded sections.
func closing(fence bool, folds int) string {
	end := ""
	if fence {
		end = "```\n"
	}
	return end + strings.Repeat("\n</details>\n", max(0, folds)) + cutNote
}
