// SPDX-License-Identifier: Apache-2.0

// The C functions of abi.h over package gate.
package main

// #include <stdlib.h>
// #include <string.h>
// #include "abi.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/open-policy-agent/opa/v1/version"

	"z5/ledger/policy/opa/gate"
)

// handles maps the numbers that C++ holds to compiled bundles; C++ bounds how many there are.
var handles struct {
	sync.RWMutex
	next uint64
	open map[uint64]*gate.Prepared
}

func init() {
	handles.open = map[uint64]*gate.Prepared{}
	// Decisions make short-lived garbage over a small live heap: collecting at 100 % growth of a few MiB costs more
	// in pauses than the memory is worth. The limit keeps a bad bundle from growing the host without bound.
	debug.SetGCPercent(800)
	debug.SetMemoryLimit(512 << 20)
}

func main() {}

func view(b C.z5_opa_bytes) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(b.data)), int(b.size)) }
func text(b C.z5_opa_bytes) string { return string(view(b)) }

func answer(status int32, data []byte) C.z5_opa_answer {
	return C.z5_opa_answer{status: C.int32_t(status), data: (*C.char)(C.CBytes(data)), size: C.size_t(len(data))}
}

func answerOf(data []byte, err error) C.z5_opa_answer {
	if errors.Is(err, gate.ErrTimeout) {
		return answer(C.Z5_OPA_TIMEOUT, []byte(err.Error()))
	}
	if err != nil {
		return answer(C.Z5_OPA_ERROR, []byte(err.Error()))
	}
	return answer(C.Z5_OPA_OK, data)
}

// guard turns a panic of the engine into an error: it must not end the ledger.
func guard(result *C.z5_opa_answer) {
	if problem := recover(); problem != nil {
		*result = answer(C.Z5_OPA_ERROR, fmt.Appendf(nil, "panic: %v", problem))
	}
}

func collect(files *C.z5_opa_file, count C.size_t) gate.Files {
	result := gate.Files{}
	for _, file := range unsafe.Slice(files, int(count)) {
		result[text(file.path)] = []byte(text(file.content))
	}
	return result
}

func prepared(handle C.uint64_t) *gate.Prepared {
	handles.RLock()
	defer handles.RUnlock()
	return handles.open[uint64(handle)]
}

//export z5_opa_prepare
func z5_opa_prepare(files *C.z5_opa_file, count C.size_t) (result C.z5_opa_answer) {
	defer guard(&result)
	compiled, err := gate.Prepare(collect(files, count))
	if err != nil {
		return answerOf(nil, err)
	}
	handles.Lock()
	defer handles.Unlock()
	handles.next++
	handles.open[handles.next] = compiled
	result = answer(C.Z5_OPA_OK, nil)
	result.handle = C.uint64_t(handles.next)
	return result
}

//export z5_opa_release
func z5_opa_release(handle C.uint64_t) {
	handles.Lock()
	defer handles.Unlock()
	delete(handles.open, uint64(handle))
}

//export z5_opa_defines
func z5_opa_defines(handle C.uint64_t, rule C.z5_opa_bytes) C.int32_t {
	if compiled := prepared(handle); compiled != nil && compiled.Defines(text(rule)) {
		return 1
	}
	return 0
}

//export z5_opa_evaluate
func z5_opa_evaluate(handle C.uint64_t, pkg, rule, input C.z5_opa_bytes, nowNs, deadlineNs C.int64_t) (
	result C.z5_opa_answer) {
	defer guard(&result)
	compiled := prepared(handle)
	if compiled == nil {
		return answerOf(nil, errors.New("no such handle"))
	}
	return answerOf(compiled.Evaluate(text(pkg), text(rule), view(input), time.Unix(0, int64(nowNs)).UTC(),
		time.Duration(deadlineNs)))
}

//export z5_opa_test
func z5_opa_test(files *C.z5_opa_file, count C.size_t, strict C.int32_t) (result C.z5_opa_answer) {
	defer guard(&result)
	return answerOf(gate.Test(collect(files, count), strict != 0))
}

//export z5_opa_version
func z5_opa_version() C.z5_opa_answer {
	return answer(C.Z5_OPA_OK, []byte("opa/"+strings.TrimPrefix(version.Version, "v")))
}
