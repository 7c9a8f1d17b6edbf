// SPDX-License-Identifier: Apache-2.0
// Goal: the bundles that ship are formatted, strict, and fully run by their tests. Method: opa fmt, opa check
// --strict and the Rego tests, from the files of the tree.
package gate

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/topdown"
)

func load(t *testing.T, files Files, folder string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		files[relative], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDefaultBundles(t *testing.T) {
	for _, name := range []string{"registry", "authz"} {
		files := Files{}
		load(t, files, filepath.Join("..", "..", "bundles", name))
		load(t, files, filepath.Join("..", "..", "rego_tests", name))
		for path, content := range files {
			if !strings.HasSuffix(path, ".rego") {
				continue
			}
			formatted, err := format.Source(path, content)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(formatted, content) {
				t.Errorf("%s: %s is not formatted as opa fmt does", name, path)
			}
		}
		text, err := Test(files, true)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var outcomes []Outcome
		if err := json.Unmarshal(text, &outcomes); err != nil {
			t.Fatal(err)
		}
		for _, outcome := range outcomes {
			if outcome.Result != "pass" {
				t.Errorf("%s: %s: %s %s", name, outcome.Name, outcome.Result, outcome.Text)
			}
		}
		t.Logf("%s: %d tests", name, len(outcomes))
		if len(outcomes) < 10 {
			t.Errorf("%s: only %d tests", name, len(outcomes))
		}
	}
}

func TestCapabilitiesAreClosed(t *testing.T) {
	for _, bad := range []string{
		`{"builtins": ["eq"]}`,                               // allow_net absent means every host
		`{"builtins": ["eq"], "allow_net": ["example.org"]}`, // nothing is fetched
		`{"builtins": ["no.such"], "allow_net": []}`,
	} {
		if _, err := loadCapabilities([]byte(bad)); err == nil {
			t.Errorf("accepted %s", bad)
		}
	}
}

// What waits is not what works: a thread that sleeps does not use up its deadline, one that computes does.
func TestDeadlineCountsOwnWork(t *testing.T) {
	const deadline = 50 * time.Millisecond
	idle := topdown.NewCancel()
	stop := watch(idle, deadline)
	time.Sleep(4 * deadline)
	if idle.Cancelled() {
		t.Error("cancelled while it waited")
	}
	stop()

	busy := topdown.NewCancel()
	defer watch(busy, deadline)()
	for begin := time.Now(); !busy.Cancelled(); {
		if time.Since(begin) > 60*deadline {
			t.Fatal("not cancelled while it computed")
		}
	}
}

func TestDeadlineEndsWaiting(t *testing.T) {
	const deadline = 5 * time.Millisecond
	idle := topdown.NewCancel()
	defer watch(idle, deadline)()
	for begin := time.Now(); !idle.Cancelled(); time.Sleep(deadline) {
		if time.Since(begin) > 100*patience*deadline {
			t.Fatal("waits for ever")
		}
	}
}
