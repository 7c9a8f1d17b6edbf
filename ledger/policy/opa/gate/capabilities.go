// SPDX-License-Identifier: Apache-2.0

package gate

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

//go:embed capabilities.json
var allowList []byte

// capabilities is what a bundle may use: the names of capabilities.json with the declarations of the linked OPA.
// A list of what is allowed, so that what a later OPA adds stays out until somebody has looked at it.
var capabilities = mustLoadCapabilities(allowList)

func mustLoadCapabilities(text []byte) *ast.Capabilities {
	loaded, err := loadCapabilities(text)
	if err != nil {
		panic(err) // the file is part of the program
	}
	return loaded
}

func loadCapabilities(text []byte) (*ast.Capabilities, error) {
	var list struct {
		Builtins       []string `json:"builtins"`
		Features       []string `json:"features"`
		FutureKeywords []string `json:"future_keywords"`
		AllowNet       []string `json:"allow_net"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("capabilities.json: %w", err)
	}
	if list.AllowNet == nil || len(list.AllowNet) != 0 {
		return nil, fmt.Errorf("capabilities.json: allow_net must be [] (absent means every host)")
	}
	result := &ast.Capabilities{
		Features:       list.Features,
		FutureKeywords: list.FutureKeywords,
		AllowNet:       list.AllowNet,
	}
	for _, builtin := range ast.CapabilitiesForThisVersion().Builtins {
		if slices.Contains(list.Builtins, builtin.Name) {
			result.Builtins = append(result.Builtins, builtin)
		}
	}
	if len(result.Builtins) != len(list.Builtins) {
		return nil, fmt.Errorf("capabilities.json: %d names, of which this OPA knows %d",
			len(list.Builtins), len(result.Builtins))
	}
	return result, nil
}
