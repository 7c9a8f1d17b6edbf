// SPDX-License-Identifier: Apache-2.0
// Two of the three kinds of no, as values: Result<T> (the world failed; one code per reaction of
// the caller) and Verdict<T> (the gate says no: a rule and a reason, an ordinary answer). The
// third, Z5_ASSERT, is for our own mistakes only, never for input; it is on in release builds too.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace z5 {

enum class ErrorCode {
  Unavailable,  // try again later; nothing was changed
  Conflict,     // somebody else was faster: read again and decide again
  Invalid,      // the input is wrong: trying again does not help
  Corrupt,      // integrity is broken: stop and page somebody
};

struct Error {
  ErrorCode code;
  std::string message;  // names the field or place, and the reason
};

// What the gate refuses: `rule` is a slug [a-z0-9-]{1,64} (recorded in the ledger), `reason` is for
// people.
struct Refusal {
  std::string rule;
  std::string reason;
  bool operator==(const Refusal&) const = default;
};

#define Z5_ASSERT(condition)                                                                   \
  do {                                                                                         \
    if (!(condition)) [[unlikely]] {                                                           \
      std::fprintf(stderr, "assertion failed: %s at %s:%d\n", #condition, __FILE__, __LINE__); \
      std::abort();                                                                            \
    }                                                                                          \
  } while (false)

// Either a T or an E. Reading the one that is not there is a programming error (assert).
template <class T, class E>
class [[nodiscard]] Expected {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Expected(E error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & {
    Z5_ASSERT(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    Z5_ASSERT(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    Z5_ASSERT(ok());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const E& error() const {
    Z5_ASSERT(!ok());
    return std::get<1>(state_);
  }

 private:
  std::variant<T, E> state_;
};

struct Done {};  // "it worked", for functions without a value
template <class T>
using Result = Expected<T, Error>;
using Status = Result<Done>;
template <class T>
using Verdict = Expected<T, Refusal>;

inline Error unavailable(std::string message) {
  return {ErrorCode::Unavailable, std::move(message)};
}
inline Error conflict(std::string message) { return {ErrorCode::Conflict, std::move(message)}; }
inline Error invalid(std::string message) { return {ErrorCode::Invalid, std::move(message)}; }
inline Error corrupt(std::string message) { return {ErrorCode::Corrupt, std::move(message)}; }

#define Z5_CONCAT_(a, b) a##b
#define Z5_CONCAT(a, b) Z5_CONCAT_(a, b)
// Z5_TRY(auto x, f()): x is f()'s value, or this function returns f()'s error.
#define Z5_TRY(declaration, ...) Z5_TRY_(Z5_CONCAT(z5_try_, __LINE__), declaration, __VA_ARGS__)
#define Z5_TRY_(name, declaration, ...) \
  auto name = (__VA_ARGS__);            \
  if (!name.ok()) return name.error();  \
  declaration = std::move(name).value()
// Z5_CHECK(f()): this function returns f()'s error, if there is one.
#define Z5_CHECK(...)                                                              \
  do {                                                                             \
    if (auto z5_status = (__VA_ARGS__); !z5_status.ok()) return z5_status.error(); \
  } while (false)

}  // namespace z5
