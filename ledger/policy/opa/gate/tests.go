// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"context"
	"encoding/json"
	"sort"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/tester"
)

const testDeadline = 5 * time.Second // one test rule; generous, since a laptop under load runs them too

// Outcome is one Rego test rule.
type Outcome struct {
	Name   string `json:"name"`   // data.registry.accept_test.test_…
	Result string `json:"result"` // pass, fail, error, skip
	Text   string `json:"text"`   // where it failed, what it printed
}

// Test runs the test_ rules of a bundle with the same allow-list of built-ins and returns its outcomes, sorted by
// name, as JSON. strict also refuses what `opa check --strict` refuses.
func Test(files Files, strict bool) ([]byte, error) {
	b, err := read(files)
	if err != nil {
		return nil, err
	}
	// Compiled first without the tester's rewriting, so that its messages are those of Prepare.
	if _, _, err := compile(b, strict); err != nil {
		return nil, err
	}
	outcomes, err := run(b)
	if err != nil {
		return nil, err
	}
	return json.Marshal(outcomes)
}

func run(b *bundle.Bundle) ([]Outcome, error) {
	ctx := context.Background()
	store := newStore(b)
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Abort(ctx, txn)
	compiler := ast.NewCompiler().
		WithCapabilities(capabilities).
		WithEnablePrintStatements(true).
		WithDefaultRegoVersion(b.RegoVersion(ast.RegoV1))
	results, err := tester.NewRunner().
		SetCompiler(compiler).
		SetStore(store).
		SetModules(b.ParsedModules("")).
		SetDefaultRegoVersion(b.RegoVersion(ast.RegoV1)).
		SetTimeout(testDeadline).
		CapturePrintOutput(true).
		RaiseBuiltinErrors(true).
		RunTests(ctx, txn)
	if err != nil {
		return nil, err
	}
	outcomes := []Outcome{}
	for result := range results {
		outcomes = append(outcomes, describe(result))
	}
	sort.Slice(outcomes, func(i, j int) bool { return outcomes[i].Name < outcomes[j].Name })
	return outcomes, nil
}

func describe(r *tester.Result) Outcome {
	outcome := Outcome{Name: r.Package + "." + r.Name, Result: "pass", Text: string(r.Output)}
	switch {
	case r.Skip:
		outcome.Result = "skip"
	case r.Error != nil:
		outcome.Result = "error"
		outcome.Text += r.Error.Error()
	case r.Fail:
		outcome.Result = "fail"
		if r.FailedAt != nil && r.FailedAt.Location != nil {
			outcome.Text += r.FailedAt.Location.String() + ": " + string(r.FailedAt.Location.Text)
		}
	}
	return outcome
}
