// SPDX-License-Identifier: Apache-2.0
// What C++ and Go say to each other: OPA as a static library. Plain structs and seven functions;
// every answer is memory of malloc that the caller frees with free(). No function keeps a pointer
// that it was given. Any thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct {
  const char* data;
  size_t size;
} z5_opa_bytes;

typedef struct {
  z5_opa_bytes path;
  z5_opa_bytes content;
} z5_opa_file;

enum {
  Z5_OPA_OK = 0,       // data is the JSON answer
  Z5_OPA_ERROR = 1,    // data is the reason as text
  Z5_OPA_TIMEOUT = 2,  // the deadline passed
};

typedef struct {
  int32_t status;
  uint64_t handle;  // of z5_opa_prepare
  char* data;
  size_t size;
} z5_opa_answer;

#ifdef __cplusplus
extern "C" {
// Compiles a bundle; the answer carries a handle until z5_opa_release.
z5_opa_answer z5_opa_prepare(z5_opa_file* files, size_t count);
void z5_opa_release(uint64_t handle);
// 1 when the bundle has a rule of this name ("data.registry.accept.deny").
int32_t z5_opa_defines(uint64_t handle, z5_opa_bytes rule);
// {"allow": [value], "deny": [value]} of data.<package>.<rule> and data.<package>.deny; [] where
// undefined.
z5_opa_answer z5_opa_evaluate(uint64_t handle, z5_opa_bytes package, z5_opa_bytes rule,
                              z5_opa_bytes input, int64_t now_ns, int64_t deadline_ns);
// Runs the test_ rules: [{"name", "result": "pass"|"fail"|"error"|"skip", "text"}].
z5_opa_answer z5_opa_test(z5_opa_file* files, size_t count, int32_t strict);
// "opa/1.22.2": the version that is linked.
z5_opa_answer z5_opa_version(void);
}
#endif
