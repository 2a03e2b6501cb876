package report

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestFit(t *testing.T) {
	text := "# Title\n\n<details><summary>a</summary>\n\n```text\none\ntwo\n```\n\n| a |\n|---|\n| ö |\n\n</details>\n" + strings.Repeat("end\n", 100)
	if got := Fit(text, 10_000); got != text {
		t.Errorf("a text that fits was changed: %q", got)
	}
	if got := Fit(text, 20); got != "" {
		t.Errorf("a text without room for the note: %q", got)
	}
	got := Fit(text, utf8.RuneCountInString("# Title\n\n<details><summary>a</summary>\n\n```text\none\n```\n\n</details>\n"+cutNote))
	if want := "# Title\n\n<details><summary>a</summary>\n\n```text\none\n```\n\n</details>\n" + cutNote; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(0, 600).Draw(t, "limit")
		got := Fit(text, limit)
		if n := utf8.RuneCountInString(got); n > limit {
			t.Fatalf("%d characters, limit %d", n, limit)
		}
		if fences := strings.Count(got, "```"); fences%2 != 0 {
			t.Fatalf("an open fence: %q", got)
		}
		if strings.Count(got, "<details") != strings.Count(got, "</details>") {
			t.Fatalf("an open section: %q", got)
		}
	})
}
