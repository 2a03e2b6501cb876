package screenshot

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"testing"
	"time"
)

// A screen shows a page. Its size is in CSS pixels.
type screen struct {
	name          string
	width, height int
	phone         bool
}

// answerTime is how long the browser may take to answer one command.
const answerTime = time.Minute

// A browser is a headless Chromium, controlled with its DevTools protocol: JSON
// messages on two pipes, each ended by a zero byte.
type browser struct {
	commands *os.File
	answers  *bufio.Reader
	pipe     *os.File // under answers
	last     int      // ID of the last command
}

// newBrowser starts a browser that stops at the end of the test.
func newBrowser(t *testing.T, program string) *browser {
	t.Helper()
	if program == "" {
		for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
			if path, err := exec.LookPath(name); err == nil {
				program = path
				break
			}
		}
	}
	if program == "" {
		t.Fatal("no Chromium in the PATH: install it (Debian: apt-get install chromium), or name it by -chromium")
	}
	theirs, commands, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, answers, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// Without its sandbox, which a container may not use. The pages are our own and
	// use no network.
	cmd := exec.Command(program, "--headless", "--no-sandbox", "--remote-debugging-pipe",
		"--user-data-dir="+t.TempDir(), "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage")
	var log bytes.Buffer
	cmd.Stderr = &log
	cmd.ExtraFiles = []*os.File{theirs, answers} // 3 and 4, which Chromium expects
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	answers.Close()
	b := &browser{commands: commands, pipe: pipe, answers: bufio.NewReader(pipe)}
	t.Cleanup(func() {
		if err := b.do("", "Browser.close", nil, nil); err != nil {
			t.Errorf("%v\n%s", err, log.Bytes())
			_ = cmd.Process.Kill()
		}
		_ = cmd.Wait() // it exits with -1 even when it was asked to end
		commands.Close()
		pipe.Close()
	})
	return b
}

// do sends a command to a session, or to the browser itself for "". It decodes the
// answer into result unless that is nil, and ignores events.
func (b *browser) do(session, method string, params map[string]any, result any) error {
	b.last++
	command := map[string]any{"id": b.last, "method": method, "params": params}
	if session != "" {
		command["sessionId"] = session
	}
	message, err := json.Marshal(command)
	if err != nil {
		return err
	}
	if _, err := b.commands.Write(append(message, 0)); err != nil {
		return fmt.Errorf("chromium, %s: %w", method, err)
	}
	if err := b.pipe.SetReadDeadline(time.Now().Add(answerTime)); err != nil {
		return err
	}
	for {
		message, err := b.answers.ReadBytes(0)
		if err != nil {
			return fmt.Errorf("chromium, %s: %w", method, err)
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(bytes.TrimRight(message, "\x00"), &answer); err != nil {
			return fmt.Errorf("chromium, %s: %w", method, err)
		}
		switch {
		case answer.ID != b.last:
		case answer.Error != nil:
			return fmt.Errorf("chromium, %s: %s", method, answer.Error.Message)
		case result == nil:
			return nil
		default:
			return json.Unmarshal(answer.Result, result)
		}
	}
}

// A tab shows one page.
type tab struct {
	browser         *browser
	screen          screen
	target, session string
}

// open opens a page with a preferred colour scheme.
func (b *browser) open(t *testing.T, s screen, scheme, url string) *tab {
	t.Helper()
	o := &tab{browser: b, screen: s}
	var target struct{ TargetID string }
	if err := b.do("", "Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		t.Fatal(err)
	}
	var attached struct{ SessionID string }
	if err := b.do("", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached); err != nil {
		t.Fatal(err)
	}
	o.target, o.session = target.TargetID, attached.SessionID
	o.resize(t, s.height)
	o.do(t, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]any{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	var shown struct{ ErrorText string }
	o.do(t, "Page.navigate", map[string]any{"url": url}, &shown)
	if shown.ErrorText != "" {
		t.Fatalf("opening %s: %s", url, shown.ErrorText)
	}
	return o
}

func (o *tab) do(t *testing.T, method string, params map[string]any, result any) {
	t.Helper()
	if err := o.browser.do(o.session, method, params, result); err != nil {
		t.Fatal(err)
	}
}

func (o *tab) close(t *testing.T) {
	t.Helper()
	if err := o.browser.do("", "Target.closeTarget", map[string]any{"targetId": o.target}, nil); err != nil {
		t.Fatal(err)
	}
}

func (o *tab) resize(t *testing.T, height int) {
	t.Helper()
	o.do(t, "Emulation.setDeviceMetricsOverride", map[string]any{
		"width": o.screen.width, "height": height, "deviceScaleFactor": 1, "mobile": o.screen.phone,
	}, nil)
}

// evaluate runs a script and decodes the value of its promise into result.
func (o *tab) evaluate(t *testing.T, script string, result any) {
	t.Helper()
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	o.do(t, "Runtime.evaluate", map[string]any{"expression": script, "awaitPromise": true, "returnByValue": true}, &answer)
	if e := answer.ExceptionDetails; e != nil {
		t.Fatalf("in the page: %s", e.Exception.Description)
	}
	if err := json.Unmarshal(answer.Result.Value, result); err != nil {
		t.Fatal(err)
	}
}

// maxPicture is the largest height of a picture in Chromium, in pixels.
const maxPicture = 16384

// screenshot returns the page as a PNG, from its top to a height in pixels.
func (o *tab) screenshot(t *testing.T, height float64) []byte {
	t.Helper()
	var picture struct{ Data []byte }
	o.do(t, "Page.captureScreenshot", map[string]any{
		"format": "png", "captureBeyondViewport": true,
		"clip": map[string]any{"x": 0, "y": 0, "width": o.screen.width, "height": math.Min(height, maxPicture), "scale": 1},
	}, &picture)
	return picture.Data
}
