// SPDX-License-Identifier: Apache-2.0

// Package gate compiles Rego bundles with a closed list of built-in functions and asks them for decisions. It holds
// no clock, network or file: a decision is a function of bundle, input and the time that the caller passes.
package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing/fstest"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Files is a bundle: relative paths and bytes.
type Files map[string][]byte

// ErrTimeout is the error of an evaluation that reached its deadline.
var ErrTimeout = errors.New("deadline exceeded")

// Prepared is a compiled bundle. Safe for concurrent use.
type Prepared struct {
	compiler *ast.Compiler
	store    storage.Store

	mutex   sync.RWMutex
	queries map[string]*rego.PreparedEvalQuery // by package and rule; the callers' packages are few and fixed
}

// read parses a bundle: Rego v1 unless its .manifest says otherwise; modules must lie within the manifest's roots.
func read(files Files) (*bundle.Bundle, error) {
	tree := fstest.MapFS{}
	for path, content := range files {
		tree[path] = &fstest.MapFile{Data: content, Mode: 0o444}
	}
	loader, err := bundle.NewFSLoader(tree)
	if err != nil {
		return nil, err
	}
	result, err := bundle.NewCustomReader(loader).
		WithCapabilities(capabilities).
		WithSkipBundleVerification(true). // the digest that a signed command names is the signature here
		WithProcessAnnotations(false).
		WithRegoVersion(ast.RegoV1).
		Read()
	if err != nil {
		return nil, err
	}
	if version := result.Manifest.RegoVersion; version != nil && *version != 0 && *version != 1 {
		return nil, fmt.Errorf(".manifest: rego_version %d: 0 or 1 expected", *version)
	}
	return &result, nil
}

func newStore(b *bundle.Bundle) storage.Store {
	return inmem.NewFromObjectWithOpts(b.Data,
		inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))
}

func compile(b *bundle.Bundle, strict bool) (*ast.Compiler, storage.Store, error) {
	store := newStore(b)
	ctx := context.Background()
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer store.Abort(ctx, txn)
	compiler := ast.NewCompiler().
		WithCapabilities(capabilities).
		WithStrict(strict).
		WithDefaultRegoVersion(b.RegoVersion(ast.RegoV1)).
		WithPathConflictsCheck(storage.NonEmpty(ctx, store, txn))
	compiler.Compile(b.ParsedModules(""))
	if compiler.Failed() {
		return nil, nil, compiler.Errors
	}
	return compiler, store, nil
}

// Prepare compiles a bundle. An error names file, line and reason, a built-in that is not allowed by name.
func Prepare(files Files) (*Prepared, error) {
	b, err := read(files)
	if err != nil {
		return nil, err
	}
	compiler, store, err := compile(b, false)
	if err != nil {
		return nil, err
	}
	return &Prepared{compiler: compiler, store: store, queries: map[string]*rego.PreparedEvalQuery{}}, nil
}

// Defines tells whether the bundle has a rule of this name, for example "data.registry.accept.deny".
func (p *Prepared) Defines(rule string) bool {
	ref, err := ast.ParseRef(rule)
	return err == nil && len(p.compiler.GetRules(ref)) > 0
}

// query is prepared once per package. Each rule's value is wrapped in an array, which is empty when it is undefined.
func (p *Prepared) query(pkg, rule string) (*rego.PreparedEvalQuery, error) {
	key := pkg + " " + rule
	p.mutex.RLock()
	known := p.queries[key]
	p.mutex.RUnlock()
	if known != nil {
		return known, nil
	}
	prepared, err := rego.New(
		rego.Query(fmt.Sprintf("allow = [x | x := data.%s.%s]; deny = [x | x := data.%s.deny]", pkg, rule, pkg)),
		rego.Compiler(p.compiler),
		rego.Store(p.store),
		rego.Capabilities(capabilities),
		rego.StrictBuiltinErrors(true),
	).PrepareForEval(context.Background())
	if err != nil {
		return nil, err
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.queries[key] = &prepared
	return &prepared, nil
}

// Evaluate returns {"allow": [value], "deny": [value]}; an array is empty where the bundle's rule is undefined.
// rule is the name of the permitting rule. ErrTimeout when the deadline passed (watch); a built-in that fails is an
// error.
func (p *Prepared) Evaluate(pkg, rule string, input []byte, now time.Time, deadline time.Duration) ([]byte, error) {
	query, err := p.query(pkg, rule)
	if err != nil {
		return nil, err
	}
	value, err := ast.ValueFromReader(bytes.NewReader(input))
	if err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	cancel := topdown.NewCancel()
	defer watch(cancel, deadline)()
	results, err := query.Eval(context.Background(), rego.EvalParsedInput(value), rego.EvalTime(now),
		rego.EvalExternalCancel(cancel))
	if topdown.IsCancel(err) {
		return nil, ErrTimeout
	}
	if err != nil {
		return nil, err
	}
	if len(results) != 1 {
		return nil, fmt.Errorf("%d results", len(results))
	}
	return json.Marshal(results[0].Bindings)
}
